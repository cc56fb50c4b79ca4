"""The accounts as they are before the stack comes: the cluster, the scientists' roles, the buckets and keys."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from kubernetes.client import (
    AdmissionregistrationV1Api,
    RbacAuthorizationV1Api,
    StorageV1Api,
    V1CSIDriver,
    V1CSIDriverSpec,
    V1ObjectMeta,
)
from kubernetes.utils import create_from_yaml
from moto.kms.models import kms_backends

from onboarding import names
from sandbox.aws.cloudtrail.trails import register_trail
from sandbox.aws.eks.clusters import register_cluster as register_eks_cluster
from sandbox.aws.fsx.associations import register_file_system
from sandbox.aws.gateway.caller import OPERATOR, OPERATOR_PATH
from sandbox.aws.sagemaker.clusters import NODES_ROLE
from sandbox.aws.sagemaker.clusters import register_cluster as register_hyperpod_cluster
from sandbox.aws.sagemaker.scheduler_configs import register_scheduler_config
from sandbox.cluster.api.api import KubernetesApi
from sandbox.cluster.api.kinds import RBAC_GROUP
from sandbox.scenery import accounts

Client = Callable[[str, str], Any]
"""Service and account to a boto3 client with all rights."""

ROOT = Path(__file__).parents[2]
CLUSTER_FILES = ("cluster-rbac.yaml", "cluster-probe.yaml", "cluster-pods.yaml")
"""Of accounts/."""

ADD_ONS: Mapping[str, Mapping[str, str]] = {
    "eks-pod-identity-agent": {},
    "amazon-sagemaker-hyperpod-taskgovernance": {},
    "vpc-cni": {"configurationValues": '{"enableNetworkPolicy":"true"}'},
}
"""Each with what else it is made with."""
POLICY = {
    "PriorityClasses": [{"Name": "inference", "Weight": 100}, {"Name": "training", "Weight": 50}],
    "FairShare": "Enabled",
    "IdleResourceSharing": "Enabled",
}
INSTANCES = {"ml.p5.48xlarge": 16, "ml.g6.12xlarge": 8}
SCIENTISTS = ("DataScientistRole", "ResearchScientistRole")
LABELS_KEY = f"arn:aws:kms:{accounts.REGION}:{accounts.DATA_ACCOUNT}:key/11111111-2222-4333-8444-555555555555"

BUCKETS = {
    "example-corp-images": None,
    "example-corp-labels": LABELS_KEY,
    "example-corp-checkpoints": None,
}
"""Bucket to the key that encrypts it."""

FILE_SYSTEM_ARN = f"arn:aws:fsx:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:file-system/{accounts.FILE_SYSTEM}"
REFERENCE_BUCKET = "example-corp-reference"
"""The cluster's own account has it; its administrator linked it to /reference."""

TRAIL = "example-corp-trail"
"""By it CloudTrail tells EventBridge what people do in the cluster's account, and in the organization's."""

ZONES = ("us-west-2a", "us-west-2b")
"""Availability Zones of the cluster's nodes. The file system is in the first."""

OWNERS_STATEMENT = {
    "Sid": "OwnersAnalytics",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{accounts.DATA_ACCOUNT}:root"},
    "Action": ["s3:GetObject", "s3:ListBucket"],
    "Resource": ["arn:aws:s3:::example-corp-images", "arn:aws:s3:::example-corp-images/*"],
}
"""What the owner of a bucket has in its policy, and must keep."""


def scientists(more: int = 0) -> tuple[str, ...]:
    """The names of the DataScientistRoles: those of the samples and as many more."""
    return (*SCIENTISTS, *(f"DataScientistRole-{number}" for number in range(1, more + 1)))


def prepare(client: Client, kubernetes: KubernetesApi, roles: Iterable[str] = SCIENTISTS) -> str:
    """Makes it all; returns the ARN of the HyperPod cluster."""
    _scientists(client("iam", accounts.SCIENTISTS_ACCOUNT), roles)
    _data(client("s3", accounts.DATA_ACCOUNT), client("kms", accounts.DATA_ACCOUNT))
    _nodes_role(client("iam", accounts.CLUSTER_ACCOUNT))
    register_trail(accounts.CLUSTER_ACCOUNT, accounts.REGION, TRAIL)
    subnets = _subnets(client("ec2", accounts.CLUSTER_ACCOUNT))
    _file_system(client("fsx", accounts.CLUSTER_ACCOUNT), client("s3", accounts.CLUSTER_ACCOUNT), subnets[0])
    return _clusters(client("eks", accounts.CLUSTER_ACCOUNT), kubernetes, subnets)


def _scientists(iam: Any, roles: Iterable[str]) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    for name in roles:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))


def _nodes_role(iam: Any) -> None:
    """As which the cluster's instances run; the pod identity agent on them gets pods' credentials as it."""
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    cluster = f"arn:aws:eks:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:cluster/{accounts.EKS_CLUSTER}"
    agent = {"Effect": "Allow", "Action": "eks-auth:AssumeRoleForPodIdentity", "Resource": cluster}
    document = {"Version": "2012-10-17"}
    iam.create_role(RoleName=NODES_ROLE, AssumeRolePolicyDocument=json.dumps({**document, "Statement": [trust]}))
    iam.put_role_policy(
        RoleName=NODES_ROLE, PolicyName="pod-identity", PolicyDocument=json.dumps({**document, "Statement": [agent]})
    )


def _data(s3: Any, kms: Any) -> None:
    key_id = kms.create_key(Description="labels")["KeyMetadata"]["KeyId"]
    # Events name a key by its generated id; the samples want a fixed one.
    backend = kms_backends[accounts.DATA_ACCOUNT][accounts.REGION]
    key = backend.keys.pop(key_id)
    key.arn, key.id = LABELS_KEY, LABELS_KEY.rsplit("/", 1)[1]
    backend.keys[key.id] = key
    for bucket, key_arn in BUCKETS.items():
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": accounts.REGION})
        if key_arn:
            default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
            s3.put_bucket_encryption(
                Bucket=bucket,
                ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
            )
    policy = {"Version": "2012-10-17", "Statement": [OWNERS_STATEMENT]}
    s3.put_bucket_policy(Bucket="example-corp-images", Policy=json.dumps(policy))
    s3.put_object(Bucket="example-corp-images", Key="curated/cat.jpg", Body=b"a cat")
    s3.put_object(Bucket="example-corp-labels", Key="curated/cat.json", Body=b"{}")


def _let_the_operator_in(eks: Any, kubernetes: KubernetesApi) -> None:
    """Whoever runs a function by hand does so as the operator, and needs what the functions have in Kubernetes.

    Not by their groups: their admission policies would keep a member of all from what each of them does.
    """
    operator = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:user{OPERATOR_PATH}{OPERATOR}"
    entry = {"clusterName": accounts.EKS_CLUSTER, "principalArn": operator}
    eks.create_access_entry(**entry, kubernetesGroups=[OPERATOR])
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    eks.associate_access_policy(**entry, policyArn=policy, accessScope={"type": "cluster"})
    api: Any = RbacAuthorizationV1Api(kubernetes.admin())
    for role in (names.STACK_GROUP, names.GRANTABLE_ROLE, names.STORAGE_GROUP):
        reference = {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": role}
        subject = {"apiGroup": RBAC_GROUP, "kind": "Group", "name": OPERATOR}
        body = {"metadata": {"name": f"{OPERATOR}-{role}"}, "roleRef": reference, "subjects": [subject]}
        api.create_cluster_role_binding(body)


def _subnets(ec2: Any) -> list[str]:
    """Those of the nodes: moto gives every account a subnet in each zone."""
    found = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": list(ZONES)}])["Subnets"]
    return [subnet["SubnetId"] for subnet in sorted(found, key=lambda subnet: str(subnet["AvailabilityZone"]))]


def _file_system(fsx: Any, s3: Any, subnet: str) -> None:
    """One in the first zone of the nodes, that is linked already: so its service-linked role is there."""
    register_file_system(accounts.CLUSTER_ACCOUNT, accounts.REGION, accounts.FILE_SYSTEM, subnet, "k2vtbbmv")
    s3.create_bucket(Bucket=REFERENCE_BUCKET, CreateBucketConfiguration={"LocationConstraint": accounts.REGION})
    fsx.create_data_repository_association(
        FileSystemId=accounts.FILE_SYSTEM, FileSystemPath="/reference", DataRepositoryPath=f"s3://{REFERENCE_BUCKET}"
    )


def _apply(kubernetes: KubernetesApi) -> None:
    """What the owner of a cluster applies to it; to an API server that is too old for admission policies, the rest."""
    client = kubernetes.admin()
    known = {resource.kind for resource in AdmissionregistrationV1Api(client).get_api_resources().resources}
    for file in CLUSTER_FILES:
        documents = yaml.safe_load_all((ROOT / "accounts" / file).read_text())
        made = [each for each in documents if each["apiVersion"].startswith("rbac.") or each["kind"] in known]
        create_from_yaml(client, yaml_objects=made)  # type: ignore[no-untyped-call]


def _clusters(eks: Any, kubernetes: KubernetesApi, subnets: Sequence[str]) -> str:
    arn = register_eks_cluster(
        accounts.CLUSTER_ACCOUNT,
        accounts.REGION,
        accounts.EKS_CLUSTER,
        kubernetes.endpoint,
        kubernetes.certificate_authority,
    )
    _apply(kubernetes)
    _let_the_operator_in(eks, kubernetes)
    for name, more in ADD_ONS.items():
        eks.create_addon(clusterName=accounts.EKS_CLUSTER, addonName=name, **more)
    StorageV1Api(kubernetes.admin()).create_csi_driver(
        V1CSIDriver(metadata=V1ObjectMeta(name="fsx.csi.aws.com"), spec=V1CSIDriverSpec(attach_required=False))
    )
    where = (accounts.CLUSTER_ACCOUNT, accounts.REGION)
    hyperpod = register_hyperpod_cluster(*where, accounts.HYPERPOD_CLUSTER, arn, INSTANCES, subnets)
    register_scheduler_config(*where, hyperpod, "policy", POLICY)
    return hyperpod
