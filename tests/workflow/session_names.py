"""Sessions of teams' cluster access roles, and what Kubernetes calls who has them."""

import re
from typing import Any

import pytest
from kubernetes.client import CoreV1Api
from kubernetes.client.exceptions import ApiException

from proofs.isolation.actors import Actors, Keys
from sandbox.aws.gateway.operators import credentials_for
from sandbox.scenery import accounts

LEE, KIM = "lee@example.com", "kim@example.com"


def session(
    actors: Actors, role: str, team: str, user: str, called: str | None = None, **signed_in: Any
) -> Keys | None:
    """What somebody gets who has signed in to a role as `user`, and calls his session in the team's cluster access role
    the same, or otherwise; None where he is refused.
    """
    wanted = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/hyperpod-cluster-access-{team}"
    keys = credentials_for(role, user, **signed_in)
    return actors.assume(keys, wanted, RoleSessionName=user if called is None else called)


def user_of(actors: Actors, keys: Keys | None) -> str:
    """What Kubernetes, and so its audit log, calls whoever has these credentials: a refusal says so."""
    assert keys is not None
    api: Any = CoreV1Api(actors.kubernetes(keys))
    with pytest.raises(ApiException) as refused:
        api.list_namespaced_secret("kube-system")
    (user,) = re.findall(r'User \\?"([^"\\]+)', str(refused.value.body))
    return str(user)
