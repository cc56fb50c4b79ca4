"""The situations in which every call is made to fail: what is there before, and the event that then comes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from onboarding import ownership
from proofs.askers.people import ADMINISTRATORS_ACCOUNT
from sandbox.scenery import accounts
from sandbox.scenery.landscape import LABELS_KEY

TEAM: Final = "vision"
NEIGHBOUR: Final = "speech"

Detail = dict[str, Any]
Client = Callable[[str], Any]
"""Service to a boto3 client with all rights in the cluster's account."""


@dataclass(frozen=True)
class Message:
    """An event of the bus."""

    detail: Mapping[str, Any]
    detail_type: str = "Team Created"
    approver: str | None = None
    """The account whose people approve what the team waits with; None where nobody is asked."""

    @property
    def leaving(self) -> bool:
        """Whether a team leaves by it."""
        return self.detail_type == "Team Deleted"


@dataclass(frozen=True)
class Scenario:
    """`prepare` and `before` make the world at the start; `back` brings it back from the goal to the start."""

    name: str
    what: str
    event: Message
    back: Message
    before: tuple[Message, ...] = ()
    prepare: Callable[[Client, str], None] = field(default=lambda client, cluster_arn: None)
    """Told the way to clients and the HyperPod cluster's ARN."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What the stack is deployed with."""


_LABELS: Final = {
    "bucket": "example-corp-labels",
    "accountId": accounts.DATA_ACCOUNT,
    "kmsKeyArn": LABELS_KEY,
    "access": "read-write",
}
_CHECKPOINTS: Final = {
    "bucket": "example-corp-checkpoints",
    "accountId": accounts.DATA_ACCOUNT,
    "prefix": "vision/",
    "access": "read-write",
}
_IMAGES: Final = {"bucket": "example-corp-images", "accountId": accounts.DATA_ACCOUNT, "prefix": "curated/"}


_FOLDER: Final = {"name": "labels", "dataset": "example-corp-labels", "exportPolicy": ["NEW"]}


def _team(
    team: str,
    datasets: list[Mapping[str, Any]],
    count: int = 4,
    policy: str = "edit",
    storage: tuple[Mapping[str, Any], ...] = (),
    accounts_of_pods: tuple[Mapping[str, Any], ...] = (),
) -> Message:
    return Message(
        {
            "team": team,
            "dataScientistRoleArn": f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:role/DataScientistRole",
            "datasets": datasets,
            "storage": list(storage),
            "quota": {"resources": [{"instanceType": "ml.p5.48xlarge", "count": count}], "fairShareWeight": count},
            "access": {"policy": policy},
            **({"serviceAccounts": list(accounts_of_pods)} if accounts_of_pods else {}),
        }
    )


def _leaves(team: str) -> Message:
    return Message({"team": team}, "Team Deleted")


def _quota_of_the_operator(client: Client, cluster_arn: str) -> None:
    client("sagemaker").create_compute_quota(
        Name="made-in-the-console",
        ClusterArn=cluster_arn,
        ComputeQuotaConfig={
            "ComputeQuotaResources": [{"InstanceType": "ml.p5.48xlarge", "Count": 1}],
            "ResourceSharingConfig": {"Strategy": "DontLend"},
            "PreemptTeamTasks": "Never",
        },
        ComputeQuotaTarget={"TeamName": TEAM, "FairShareWeight": 1},
        ActivationState="Enabled",
        Tags=[{"Key": ownership.ACCOUNT_TAG, "Value": accounts.SCIENTISTS_ACCOUNT}],
    )


_NEW: Final = _team(TEAM, [_LABELS])
_MOUNTING: Final = _team(TEAM, [_LABELS], storage=(_FOLDER,))
_PROBED: Final = {"Probe": "true"}
_OF_TWO: Final = _team(
    TEAM,
    [_IMAGES, _LABELS],
    accounts_of_pods=(
        {"name": "hyperpod-training", "datasets": [{"dataset": "example-corp-images/curated"}]},
        {"name": "evaluation", "datasets": [{"dataset": "example-corp-labels", "access": "read-write"}]},
    ),
)
"""An encrypted dataset has its one reader: with it go role, grant, association and service account, and come back."""
_ASKING: Final = {
    "AdministratorAccountIds": ADMINISTRATORS_ACCOUNT,
    "ApproveFirst": "true",
    "ApprovalDays": "1",
}
_BESIDE: Final = _team(NEIGHBOUR, [_LABELS])

SCENARIOS: Final = {
    scenario.name: scenario
    for scenario in (
        Scenario("fresh", "a team that is new, the first one", _NEW, _leaves(TEAM), parameters=_PROBED),
        Scenario(
            "update",
            "an onboarded team: other quota and access policy, one dataset more, one less with its own service account",
            event=_team(TEAM, [_IMAGES, _CHECKPOINTS], count=2, policy="view"),
            back=_OF_TWO,
            before=(_OF_TWO,),
        ),
        Scenario(
            "adopted",
            "a new team whose quota an administrator has made",
            _NEW,
            _leaves(TEAM),
            prepare=_quota_of_the_operator,
        ),
        Scenario(
            "beside",
            "a new team beside one with the same bucket, key and DataScientistRole",
            _NEW,
            _leaves(TEAM),
            before=(_BESIDE,),
        ),
        Scenario(
            "offboarding",
            "a team leaves, beside one with the same bucket, key and DataScientistRole",
            _leaves(TEAM),
            _NEW,
            before=(_BESIDE, _NEW),
        ),
        Scenario(
            "approval",
            "a new team that another account has to approve",
            replace(_NEW, approver=ADMINISTRATORS_ACCOUNT),
            _leaves(TEAM),
            parameters=_ASKING,
        ),
        Scenario("mounting", "a new team with a folder on the file system", _MOUNTING, _leaves(TEAM)),
        Scenario("unmounting", "a team with a folder leaves", _leaves(TEAM), _MOUNTING, before=(_MOUNTING,)),
        Scenario("last", "a team leaves, the last one", _leaves(TEAM), _NEW, before=(_NEW,), parameters=_PROBED),
    )
}


def text(world: Mapping[str, Any]) -> str:
    """One text for one world, for comparisons byte for byte."""
    return json.dumps(world, sort_keys=True)
