"""The stacks of this product, as each account's administrator deploys them: the templates, with their parameters."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.aws.awslambda.functions import Lambdas
from sandbox.aws.cloudformation.deploy import Stack, deploy
from sandbox.aws.gateway.operators import operator
from sandbox.scenery import accounts, landscape, shares

_CALLER = {"ClusterAccountId": accounts.CLUSTER_ACCOUNT, "ExternalId": accounts.EXTERNAL_ID}


def deploy_all(
    root: Path, cluster_arn: str, roles: Sequence[str], parameters: Mapping[str, str], url: str, lambdas: Lambdas
) -> Stack:
    """Deploys the templates of this repository (`root`), account A's first; returns that stack.

    `roles` are the names of the DataScientistRoles; `parameters` of account A's stack come on top of those that the
    sandbox must give; `url` is where AWS answers.
    """
    deployment = _Deployment(root, url, lambdas)
    given = {
        "HyperPodClusterArn": cluster_arn,
        "EksClusterName": accounts.EKS_CLUSTER,
        "ExternalId": accounts.EXTERNAL_ID,
        "ManagementAccountId": accounts.MANAGEMENT_ACCOUNT,
        "WatchedOus": accounts.WATCHED_OU,
        "FileSystemArns": landscape.FILE_SYSTEM_ARN,
        "DefaultProfile": (root / "events" / "profile.json").read_text(),
        **parameters,
    }
    stack = deployment.create("template.yaml", accounts.STACK, given, accounts.CLUSTER_ACCOUNT)
    scientists = {
        "FunctionRoleArn": stack.outputs["IamRolesRoleArn"],
        "DataScientistRoleArns": ",".join(f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:role/{name}" for name in roles),
    }
    deployment.create("accounts/scientists.yaml", "scientists", _CALLER | scientists, accounts.SCIENTISTS_ACCOUNT)
    data = {
        "FunctionRoleArn": stack.outputs["S3AccessPointRoleArn"],
        "BucketArns": ",".join(f"arn:aws:s3:::{bucket}" for bucket in landscape.BUCKETS),
        "KeyArns": landscape.LABELS_KEY,
        "StorageFunctionRoleArn": stack.outputs["FsxStorageRoleArn"],
        "Shares": json.dumps(shares.SHARES),
    }
    deployment.create("accounts/data.yaml", "data", _CALLER | data, accounts.DATA_ACCOUNT)
    management = {
        "BusArn": stack.outputs["TeamsBusArn"],
        "FunctionRoleArns": f"{stack.outputs['ResolveTeamRoleArn']},{stack.outputs['ListTeamsRoleArn']}",
    }
    where = (accounts.MANAGEMENT_ACCOUNT, accounts.ORGANIZATION_REGION)
    deployment.create("accounts/management.yaml", "management", _CALLER | management, *where)
    return stack


@dataclass(frozen=True)
class _Deployment:
    root: Path
    url: str
    lambdas: Lambdas

    def create(
        self, template: str, name: str, parameters: Mapping[str, str], account: str, region: str = accounts.REGION
    ) -> Stack:
        path = self.root / template
        return deploy(path, name, parameters, account, region, self.url, operator(account), self.lambdas)
