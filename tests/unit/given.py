"""What unit tests of steps start from: the stack's settings, a request, and accounts that are moto's."""

from dataclasses import replace
from typing import Any

import boto3
import pytest

from onboarding.registry import Registry
from onboarding.request import TeamRequest
from onboarding.resource import Context
from onboarding.settings import Settings
from resolve_team import app, surroundings

REGION = "us-west-2"
CLUSTER, SCIENTISTS, DATA = "111122223333", "444455556666", "777788889999"
MANAGEMENT = "222233334444"
KEY = f"arn:aws:kms:{REGION}:{DATA}:key/11111111-2222-4333-8444-555555555555"

SETTINGS = Settings(
    stack="hyperpod-onboarding",
    prefix="hyperpod",
    partition="aws",
    region=REGION,
    account=CLUSTER,
    hyperpod_cluster_arn=f"arn:aws:sagemaker:{REGION}:{CLUSTER}:cluster/abcdefghijkl",
    eks_cluster="research-eks",
    member_role="member",
    external_id="external-id",
    registry_table="registry",
    permissions_boundary=f"arn:aws:iam::{CLUSTER}:policy/hyperpod-onboarding-team-boundary",
)


def dataset(**changes: Any) -> dict[str, Any]:
    """A dataset as an event has it."""
    return {"bucket": "example-corp-images", "accountId": DATA, **changes}


def request(**changes: Any) -> TeamRequest:
    """A valid request, with fields replaced."""
    event = {
        "team": "vision",
        "dataScientistRoleArn": f"arn:aws:iam::{SCIENTISTS}:role/DataScientistRole",
        "quota": {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 4}]},
        **changes,
    }
    return TeamRequest.model_validate(event)


class OneAccount:
    """Stands for Accounts: every account is the one of the credentials at hand."""

    stack = SETTINGS.stack

    def client(self, service: str, account: str | None = None) -> Any:
        """A client of that service."""
        session: Any = boto3.session.Session(region_name=REGION)
        return session.client(service)


def answer(event: object) -> dict[str, Any]:
    """What Resolve team says to an event, in a stack that has a management account and watches no unit."""
    stack = replace(SETTINGS, management_account=MANAGEMENT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surroundings, "settings", lambda: stack)
        # Nothing is known of any team.
        patch.setattr(Registry, "team", lambda _, team: None)
        return app.handler(event, None)


def context(team: str = "vision") -> Context:
    """A context in which resources reach moto, or nothing where none is running."""
    return Context(team=team, settings=SETTINGS, accounts=OneAccount())  # type: ignore[arg-type]
