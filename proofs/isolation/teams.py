"""Four teams that share what teams can share, and everybody else who might try."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onboarding import names
from sandbox.aws.cloudformation.deploy import deploy
from sandbox.aws.gateway.operators import operator
from sandbox.cloud import ROOT, Cloud
from sandbox.scenery import accounts, identity_center, shares
from sandbox.scenery.landscape import LABELS_KEY

OTHER_SCIENTISTS_ACCOUNT = "666677778888"
"""A second account of scientists, so that teams are strangers by role and by account."""

STRANGERS_ACCOUNT = "999900001111"
"""An account that has nothing to do with the cluster."""

NEIGHBOUR, AUDITOR, STRANGER = "NeighbourRole", "AuditorRole", "StrangerRole"
"""A role beside the DataScientistRoles, one of the cluster's and of the management account, and one of the strangers:
all with rights of their own to do anything, so that only the other side's policies can keep them out."""

EVALUATION = "evaluation"
"""The service account that a team has beside its first, where it has two."""

OPEN_POINT = "open-to-the-cluster-account"
"""Prefix of access points that anybody made for all of the cluster's account: only a team's own policy keeps it out."""


_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@dataclass(frozen=True)
class Team:
    """One team, with the one dataset by which the ways to data are tried."""

    name: str
    scientists: str
    """ARN of its DataScientistRole."""
    bucket: str
    prefix: str = ""
    access: str = "read"
    key: str | None = None
    permission_set: str | None = None
    """By which more of its scientists sign in, in the same account."""

    evaluation: str | None = None
    """Prefix, in the same bucket, of a dataset that a second service account has for itself."""

    @property
    def evaluation_role(self) -> str:
        """ARN of the role that pods under that service account get."""
        name = names.data_access_role("hyperpod", self.name, EVALUATION)
        return f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{name}"

    @property
    def evaluation_point(self) -> str:
        """ARN of that dataset's access point."""
        name = names.access_point("hyperpod", self.name, accounts.DATA_ACCOUNT, self.bucket, self.evaluation)
        return f"arn:aws:s3:{accounts.REGION}:{accounts.DATA_ACCOUNT}:accesspoint/{name}"

    @property
    def permission_set_role(self) -> str | None:
        """ARN of the role of that permission set."""
        return self.permission_set and identity_center.role_arn(self.account, self.permission_set)

    @property
    def account(self) -> str:
        """The account of its scientists."""
        return self.scientists.split(":")[4]

    @property
    def cluster_access_role(self) -> str:
        """ARN of the role that its scientists assume."""
        return f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{names.cluster_access_role('hyperpod', self.name)}"

    @property
    def data_access_role(self) -> str:
        """ARN of the role that its pods get."""
        return f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{names.data_access_role('hyperpod', self.name)}"

    @property
    def access_point(self) -> str:
        """ARN of its access point."""
        name = names.access_point("hyperpod", self.name, accounts.DATA_ACCOUNT, self.bucket, self.prefix)
        return f"arn:aws:s3:{accounts.REGION}:{accounts.DATA_ACCOUNT}:accesspoint/{name}"

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return names.namespace(self.name)

    @property
    def share(self) -> shares.Entry:
        """The entry by which the owner shares just that dataset, with this team alone."""
        return shares.entry(self.bucket, self.prefix or "*", self.access, [self.name], [self.account])

    @property
    def detail(self) -> dict[str, Any]:
        """The event that asks for it."""
        dataset = {
            "bucket": self.bucket,
            "accountId": accounts.DATA_ACCOUNT,
            "access": self.access,
            **({"prefix": self.prefix} if self.prefix else {}),
            **({"kmsKeyArn": self.key} if self.key else {}),
        }
        sets = [{"permissionSet": self.permission_set, "accountId": self.account}] if self.permission_set else []
        return {
            "team": self.name,
            **(
                {"scientists": [{"roleArn": self.scientists}, *sets]}
                if sets
                else {"dataScientistRoleArn": self.scientists}
            ),
            **self._pods(dataset),
            "quota": {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}]},
        }

    def _pods(self, dataset: dict[str, Any]) -> dict[str, Any]:
        if self.evaluation is None:
            return {"datasets": [dataset]}
        held_out = {"bucket": self.bucket, "accountId": accounts.DATA_ACCOUNT, "prefix": self.evaluation}
        return {
            "datasets": [dataset, held_out],
            "serviceAccounts": [
                {
                    "name": names.SERVICE_ACCOUNT,
                    "datasets": [{"dataset": f"{self.bucket}/{self.prefix}", "access": self.access}],
                },
                {"name": EVALUATION, "datasets": [{"dataset": f"{self.bucket}/{self.evaluation}"}]},
            ],
        }


def _role(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


TEAMS = (
    Team(
        "vision",
        _role(accounts.SCIENTISTS_ACCOUNT, "DataScientistRole"),
        "example-corp-images",
        "curated/",
        permission_set="Data",
        evaluation="held-out/",
    ),
    # Of a like name, and of the same name in another account.
    Team(
        "audio",
        _role(accounts.SCIENTISTS_ACCOUNT, "ResearchScientistRole"),
        "example-corp-images",
        "raw/",
        permission_set="Data_Science",
    ),
    Team(
        "speech",
        _role(OTHER_SCIENTISTS_ACCOUNT, "DataScientistRole"),
        "example-corp-labels",
        key=LABELS_KEY,
        permission_set="Data",
    ),
    Team(
        "robots",
        _role(OTHER_SCIENTISTS_ACCOUNT, "RobotScientistRole"),
        "example-corp-checkpoints",
        "robots/",
        access="read-write",
    ),
)


def settle_in(cloud: Cloud, teams: Sequence[Team] = TEAMS) -> None:
    """Makes the other accounts, the objects that are tried for, and onboards the teams.

    Raises RuntimeError where a team cannot be onboarded.
    """
    other_scientists(cloud)
    owner = cloud.client("ssm", accounts.DATA_ACCOUNT)
    shares.share(owner, *(team.share for team in teams if team.account == OTHER_SCIENTISTS_ACCOUNT))
    for account, name in (
        (accounts.SCIENTISTS_ACCOUNT, NEIGHBOUR),
        (OTHER_SCIENTISTS_ACCOUNT, NEIGHBOUR),
        (accounts.CLUSTER_ACCOUNT, AUDITOR),
        (accounts.MANAGEMENT_ACCOUNT, AUDITOR),
        (STRANGERS_ACCOUNT, STRANGER),
    ):
        may_do_anything(cloud, account, name)
    for team in teams:
        if team.permission_set:
            identity_center.assign(cloud.client("iam", team.account), team.permission_set, _EVERYTHING)
    s3 = cloud.client("s3", accounts.DATA_ACCOUNT)
    for team in teams:
        below = (team.prefix, "elsewhere/", *([team.evaluation] if team.evaluation else []))
        for key in (f"{prefix}object" for prefix in below):
            s3.put_object(Bucket=team.bucket, Key=key, Body=b"content")
    for team in teams:
        execution = cloud.onboard(team.detail)
        if execution.status != "SUCCEEDED":
            raise RuntimeError(f"team {team.name} was not onboarded: {execution.cause}")
    for bucket in sorted({team.bucket for team in teams}):
        _open_point(cloud, bucket)


def open_point(bucket: str) -> str:
    """ARN of the access point of a bucket that is open to all of the cluster's account."""
    return f"arn:aws:s3:{accounts.REGION}:{accounts.DATA_ACCOUNT}:accesspoint/{OPEN_POINT}-{bucket[13:]}"


def _open_point(cloud: Cloud, bucket: str) -> None:
    control, arn = cloud.client("s3control", accounts.DATA_ACCOUNT), open_point(bucket)
    name = arn.rsplit("/", 1)[1]
    control.create_access_point(AccountId=accounts.DATA_ACCOUNT, Name=name, Bucket=bucket)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:root"},
        "Action": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
        "Resource": [arn, f"{arn}/object/*"],
    }
    control.put_access_point_policy(AccountId=accounts.DATA_ACCOUNT, Name=name, Policy=_document(statement))


def other_scientists(cloud: Cloud) -> None:
    """Makes the second account of scientists: their roles, and the list of them that the stack may touch."""
    roles = [team.scientists for team in TEAMS if team.account == OTHER_SCIENTISTS_ACCOUNT]
    for arn in roles:
        _make(cloud, OTHER_SCIENTISTS_ACCOUNT, arn.rsplit("/", 1)[1])
    parameters = {
        "FunctionRoleArn": cloud.stack.outputs["IamRolesRoleArn"],
        "ClusterAccountId": accounts.CLUSTER_ACCOUNT,
        "ExternalId": accounts.EXTERNAL_ID,
        "DataScientistRoleArns": ",".join(roles),
    }
    keys = operator(OTHER_SCIENTISTS_ACCOUNT)
    template = ROOT / "accounts" / "scientists.yaml"
    deploy(template, "scientists", parameters, OTHER_SCIENTISTS_ACCOUNT, accounts.REGION, cloud.url, keys)


def _make(cloud: Cloud, account: str, name: str) -> Any:
    own = {"AWS": f"arn:aws:iam::{account}:root"}
    trust = _document({"Effect": "Allow", "Principal": own, "Action": "sts:AssumeRole"})
    iam = cloud.client("iam", account)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    return iam


def may_do_anything(cloud: Cloud, account: str, name: str) -> None:
    """Makes a role with all rights of its own."""
    everything = _document(_EVERYTHING)
    _make(cloud, account, name).put_role_policy(RoleName=name, PolicyName="anything", PolicyDocument=everything)


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
