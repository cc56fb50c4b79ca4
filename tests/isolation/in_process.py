"""Runs a step's own code in this process, so that a test can loosen it."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from onboarding import converge
from onboarding.accounts import Accounts
from onboarding.plan import Change, Step, plan
from onboarding.request import TeamRequest
from onboarding.resource import Context
from onboarding.settings import Settings
from proofs.isolation.actors import CLUSTER_ARN
from proofs.isolation.teams import TEAMS
from sandbox.aws.gateway.operators import operator
from sandbox.cloud import Cloud
from sandbox.scenery import accounts as scenery_accounts

_MEMBERS = {"iam_roles": "hyperpod-onboarding-scientists", "s3_access_point": "hyperpod-onboarding-data"}


@dataclass
class Steps:
    """The steps' code, working for the sandbox's operator."""

    cloud: Cloud
    _accounts: dict[str, Accounts] = field(default_factory=dict)

    def apply(self, *steps: str) -> None:
        """Brings every team to what the steps' code wants now."""
        for name in steps:
            step: Step = importlib.import_module(f"{name}.app").STEP
            settings = settings_of(self.cloud, _MEMBERS.get(name, ""))
            accounts = self._accounts.setdefault(settings.member_role, Accounts(settings))
            for team in TEAMS:
                context = Context(team=team.name, settings=settings, accounts=accounts)
                request = TeamRequest.model_validate(team.detail)
                planned = plan(step, request, None, context)
                assert planned["problems"] == []
                changes = [Change.model_validate(change) for change in planned["changes"]]
                assert converge.apply(step, changes, context)["settled"]

    def plans(self, step: str, request: TeamRequest, previous: TeamRequest | None) -> bool:
        """Whether a step's plan has no problem."""
        settings = settings_of(self.cloud, _MEMBERS.get(step, ""))
        accounts = self._accounts.setdefault(settings.member_role, Accounts(settings))
        context = Context(
            team=request.team, settings=settings, accounts=accounts, joining=previous is None, previous=previous
        )
        found: Step = importlib.import_module(f"{step}.app").STEP
        problems: list[Any] = plan(found, request, previous, context)["problems"]
        return not problems


@contextmanager
def steps_of(cloud: Cloud) -> Iterator[Steps]:
    """The steps, for the time of a block, which sets the environment that leads the SDK to the sandbox."""
    keys = operator(scenery_accounts.CLUSTER_ACCOUNT)
    environment = {
        **cloud.endpoints,
        "AWS_ACCESS_KEY_ID": keys["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": keys["aws_secret_access_key"],
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield Steps(cloud)


def settings_of(cloud: Cloud, member_role: str = "") -> Settings:
    """The stack's own facts, for a function with this member role."""
    (cluster,) = cloud.client("sagemaker").list_clusters()["ClusterSummaries"]
    return Settings(
        stack=scenery_accounts.STACK,
        prefix="hyperpod",
        partition="aws",
        region=scenery_accounts.REGION,
        account=scenery_accounts.CLUSTER_ACCOUNT,
        hyperpod_cluster_arn=cluster["ClusterArn"],
        eks_cluster=CLUSTER_ARN.rsplit("/", 1)[1],
        member_role=member_role,
        external_id=scenery_accounts.EXTERNAL_ID,
        registry_table=cloud.stack.outputs["RegistryTable"],
        permissions_boundary=f"arn:aws:iam::{scenery_accounts.CLUSTER_ACCOUNT}:policy/{scenery_accounts.STACK}-team-boundary",
    )
