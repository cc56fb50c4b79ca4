"""The policies of a team's roles: who may become them, and what they may do then."""

from typing import Final

from onboarding import dataset_access, names, policy
from onboarding.policy import Document
from onboarding.request import PodAccount, TeamRequest
from onboarding.settings import Settings

POD_IDENTITY = "pods.eks.amazonaws.com"

CHAINED = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
"""What a hop from role to role takes on both sides. A session with transitive tags or a source identity hands them on,
and is refused where it may not (IAM user guide, "Pass session tags in AWS STS", "Monitor and control actions taken with
assumed roles"; aws-cdk #31557, configure-aws-credentials #54)."""

_ITS_CALLERS_NAME: Final[Document] = {"StringLike": {"aws:userid": "*:${sts:RoleSessionName}"}}
"""The session is called as the one that asks for it, whose user id is ROLE-ID:NAME (IAM user guide, "Unique
identifiers", "Policy variables"; the same condition in the field: "AWS SSO Role Assumption Traceability", 2023)."""

_REGIONS: Final = ("", "*/")
_OBSERVABILITY: Final = "amazon-sagemaker-hyperpod-observability"
"""The add-on whose configuration has the addresses of Grafana and Prometheus (sagemaker-hyperpod-cli,
observability/constants.py)."""


def cluster_access_trust(request: TeamRequest, settings: Settings) -> Document:
    """The team's own principals, and those alone."""
    roles = [principal.role_arn for principal in request.principals if principal.role_arn]
    sets = [principal for principal in request.principals if principal.permission_set]
    statements: list[Document] = []
    if roles:
        who: Document = {"Principal": {"AWS": roles}}
        statements += _let_in("ScientistsOfTheTeam", who, who, bound=settings.binds_session_names(permission_set=False))
    if sets:
        owners = {"AWS": [f"arn:{settings.partition}:iam::{each}:root" for each in sorted({s.account for s in sets})]}
        whose = [
            _permission_set_role(settings, each.account, region, each.name) for each in sets for region in _REGIONS
        ]
        # Shorter, since all that it allows is to hand something on when one is let in.
        anybody = [_permission_set_role(settings, "*", "*", None)]
        statements += _let_in(
            "PermissionSetsOfTheTeam",
            *({"Principal": owners, "Condition": {"ArnLike": {"aws:PrincipalArn": arns}}} for arns in (whose, anybody)),
            bound=settings.binds_session_names(permission_set=True),
        )
    return policy.document(*statements)


def _let_in(sid: str, who: Document, handing_on: Document, *, bound: bool) -> list[Document]:
    """One statement, or two where a session must have its caller's name: the name comes with AssumeRole alone of the
    three (service authorization reference, STS)."""
    allow = {"Effect": "Allow"}
    if not bound:
        return [{"Sid": sid, **allow, **who, "Action": CHAINED}]
    named = {**who, "Condition": {**who.get("Condition", {}), **_ITS_CALLERS_NAME}}
    return [
        {"Sid": sid, **allow, **named, "Action": CHAINED[0]},
        {"Sid": f"{sid}HandOn", **allow, **handing_on, "Action": CHAINED[1:]},
    ]


def _permission_set_role(settings: Settings, account: str, region: str, name: str | None) -> str:
    """Roles of permission sets, as a pattern: their names end in a suffix that is another whenever one is assigned
    anew, and a role that is named as principal is forgotten with it. So the accounts are trusted, for these names
    alone: nobody in an account can make a role below aws-reserved/.

    The path has the Region of Identity Center, but for us-east-1 (IAM Identity Center user guide, "Referencing
    permission sets in resource policies"). The suffix has 16 characters, so that a name which goes on behind this one
    never fits.
    """
    below = f"arn:{settings.partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com/{region}"
    return below if name is None else f"{below}AWSReservedSSO_{name}_{'?' * 16}"


def cluster_access_permissions(settings: Settings) -> Document:
    """What kubectl, the HyperPod CLI and the console need to reach the cluster; all else is Kubernetes' own to allow.
    Which calls are whose, and which are left out on purpose: docs/security.md, "What people's tools may do".

    AccessKubernetesApi only reads: writing takes MutateViaKubernetesApi beside it (EKS user guide, "Grant AWS services
    write access to Kubernetes APIs"). ListComputeQuotas has no resource to name, and quotas have generated ids (service
    authorization reference, SageMaker).
    """
    account = f"arn:{settings.partition}:sagemaker:{settings.region}:{settings.account}"
    return policy.document(
        {
            "Sid": "ReachTheCluster",
            "Effect": "Allow",
            "Action": ["eks:AccessKubernetesApi", "eks:DescribeCluster", "eks:ListAddons"],
            "Resource": settings.eks_cluster_arn,
        },
        {
            "Sid": "FindDashboards",
            "Effect": "Allow",
            "Action": "eks:DescribeAddon",
            "Resource": f"arn:{settings.partition}:eks:{settings.region}:{settings.account}:addon/"
            f"{settings.eks_cluster}/{_OBSERVABILITY}/*",
        },
        {
            "Sid": "ReadTheHyperPodCluster",
            "Effect": "Allow",
            "Action": ["sagemaker:DescribeCluster", "sagemaker:DescribeClusterNode", "sagemaker:ListClusterNodes"],
            "Resource": settings.hyperpod_cluster_arn,
        },
        {
            "Sid": "ReadComputeQuotas",
            "Effect": "Allow",
            "Action": "sagemaker:DescribeComputeQuota",
            "Resource": f"{account}:compute-quota/*",
        },
        {"Sid": "FindComputeQuotas", "Effect": "Allow", "Action": "sagemaker:ListComputeQuotas", "Resource": "*"},
    )


def assume_cluster_access(cluster_access_role_arn: str) -> Document:
    """The scientists' side of the cluster access role's trust: between accounts, both must allow."""
    return policy.document(
        {
            "Sid": "ReachTheSharedCluster",
            "Effect": "Allow",
            "Action": CHAINED,
            "Resource": cluster_access_role_arn,
        }
    )


def permission_set_statement(settings: Settings) -> Document:
    """What a permission set allows by its own policy, once for all teams: which team's role lets its people in is that
    role's own trust to say.
    """
    every = settings.role_arn(names.cluster_access_role(settings.prefix, "*"))
    (statement,) = policy.statements(assume_cluster_access(every))
    return statement


def data_access_trust(request: TeamRequest, account: PodAccount, settings: Settings) -> Document:
    """Pods of this cluster, in the team's namespace, under that service account, and no others.

    Keys: EKS user guide, "Create IAM role with trust policy required by EKS Pod Identity".
    """
    return policy.document(
        {
            "Sid": "PodsOfTheTeam",
            "Effect": "Allow",
            "Principal": {"Service": POD_IDENTITY},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "StringEquals": {
                    "aws:SourceAccount": settings.account,
                    "aws:RequestTag/eks-cluster-arn": settings.eks_cluster_arn,
                    "aws:RequestTag/kubernetes-namespace": names.namespace(request.team),
                    "aws:RequestTag/kubernetes-service-account": account.name,
                }
            },
        }
    )


def data_access_permissions(request: TeamRequest, account: PodAccount, settings: Settings) -> Document | None:
    """The access points and keys of the service account's datasets; None where it has none.

    Keys are allowed here as well as by a grant: between accounts both sides must allow (KMS developer guide, "Allowing
    users in other accounts to use a KMS key"), and only for what S3 asks on the role's behalf.
    """
    statements: list[Document] = []
    for dataset in account.datasets:
        arn = dataset_access.access_point_arn(request, dataset, settings)
        statements.append(dataset_access.list_statement(dataset, arn))
    for access in ("read", "read-write"):
        same = [dataset for dataset in account.datasets if dataset.access == access]
        if same:
            arns = [(dataset, dataset_access.access_point_arn(request, dataset, settings)) for dataset in same]
            statements.append(
                {
                    "Effect": "Allow",
                    "Action": dataset_access.object_actions(same[0]),
                    "Resource": [dataset_access.object_resource(dataset, arn) for dataset, arn in arns],
                }
            )
        keys = sorted({dataset.kms_key_arn for dataset in same if dataset.kms_key_arn})
        if keys:
            statements.append(
                {
                    "Effect": "Allow",
                    "Action": [f"kms:{operation}" for operation in dataset_access.key_operations(same[0])],
                    "Resource": keys,
                    "Condition": {"StringEquals": {"kms:ViaService": f"s3.{settings.region}.amazonaws.com"}},
                }
            )
    return policy.document(*statements) if statements else None
