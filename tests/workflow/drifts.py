"""What people do to a team's things behind the workflow's back, one for each kind of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubernetes.client import CoreV1Api, NetworkingV1Api, RbacAuthorizationV1Api

from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from sandbox.scenery.landscape import LABELS_KEY
from tests.workflow.drifts_of_scientists import of_several, with_names_of_ones_own, without_second_way_in
from tests.workflow.drifts_of_service_accounts import (
    of_two,
    with_role_of_the_first,
    without_second_association,
    without_second_role,
    without_second_service_account,
)
from tests.workflow.teams import CHECKPOINTS, LABELS, Detail, small, with_folder

A, C = accounts.CLUSTER_ACCOUNT, accounts.DATA_ACCOUNT


@dataclass(frozen=True)
class Drift:
    """Something done by hand, and to which resources of a team it is."""

    make: Callable[[Cloud, str], None]
    """What is done to the team."""
    resources: set[str]
    """Of each that drifts with it a part of its address."""
    event: Callable[[str], Detail] = small
    """A team that has such a thing."""


def without_role_policy(cloud: Cloud, team: str) -> None:
    iam, role = cloud.client("iam"), f"hyperpod-data-access-{team}"
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    iam.delete_role_policy(RoleName=role, PolicyName=policy)


def widened_trust(cloud: Cloud, team: str) -> None:
    everybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    cloud.client("iam").update_assume_role_policy(RoleName=f"hyperpod-cluster-access-{team}", PolicyDocument=trust)


def recreated_role(cloud: Cloud, team: str) -> None:
    """The same name, and another principal: what named the role now names nobody."""
    iam, name = cloud.client("iam"), f"hyperpod-data-access-{team}"
    role = iam.get_role(RoleName=name)["Role"]
    tags = role["Tags"]
    without_role_policy(cloud, team)
    iam.delete_role(RoleName=name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]), Tags=tags)


def without_association(cloud: Cloud, team: str) -> None:
    eks = cloud.client("eks")
    listed = eks.list_pod_identity_associations(clusterName=accounts.EKS_CLUSTER, namespace=f"hyperpod-ns-{team}")[
        "associations"
    ]
    for each in listed:
        eks.delete_pod_identity_association(clusterName=accounts.EKS_CLUSTER, associationId=each["associationId"])


def without_access_policy(cloud: Cloud, team: str) -> None:
    role = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/hyperpod-cluster-access-{team}"
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
    cloud.client("eks").disassociate_access_policy(
        clusterName=accounts.EKS_CLUSTER, principalArn=role, policyArn=policy
    )


def with_access_policy_past_the_namespace(cloud: Cloud, team: str) -> None:
    associate(cloud, team, "AmazonSagemakerHyperpodTrainingPolicy", {"type": "cluster"})


def associate(cloud: Cloud, team: str, policy: str, scope: dict[str, Any]) -> None:
    """What an administrator of the cluster can do to a team's entry."""
    cloud.client("eks").associate_access_policy(
        clusterName=accounts.EKS_CLUSTER,
        principalArn=f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/hyperpod-cluster-access-{team}",
        policyArn=f"arn:aws:eks::aws:cluster-access-policy/{policy}",
        accessScope=scope,
    )


def with_own_prefix(team: str) -> Detail:
    """A team whose bucket no other drift is about."""
    return small(team, datasets=[{**CHECKPOINTS, "prefix": f"{team}/"}])


def with_key(team: str) -> Detail:
    """A team that reads an encrypted bucket."""
    return small(team, datasets=[LABELS])


def widened_statement(cloud: Cloud, _: str) -> None:
    s3, bucket = cloud.client("s3", C), str(CHECKPOINTS["bucket"])
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    for statement in policy["Statement"]:
        if "AccessPoints" in statement.get("Sid", ""):
            statement.pop("Condition")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def without_point_policy(cloud: Cloud, team: str) -> None:
    control = cloud.client("s3control", C)
    for point in control.list_access_points(AccountId=C)["AccessPointList"]:
        if point["Name"].startswith(f"hyperpod-{team}-"):
            control.delete_access_point_policy(AccountId=C, Name=point["Name"])


def without_grant(cloud: Cloud, team: str) -> None:
    kms = cloud.client("kms", C)
    for grant in kms.list_grants(KeyId=LABELS_KEY)["Grants"]:
        if grant["Name"] == f"hyperpod-data-access-{team}":
            kms.revoke_grant(KeyId=LABELS_KEY, GrantId=grant["GrantId"])


def changed_quota(cloud: Cloud, team: str) -> None:
    sagemaker = cloud.client("sagemaker")
    (quota,) = sagemaker.list_compute_quotas(NameContains=team)["ComputeQuotaSummaries"]
    sagemaker.update_compute_quota(
        ComputeQuotaId=quota["ComputeQuotaId"],
        TargetVersion=quota["ComputeQuotaVersion"],
        ComputeQuotaConfig={"ComputeQuotaResources": [{"InstanceType": "ml.p5.48xlarge", "Count": 2}]},
    )
    cloud.clock.sleep(30)


def without_kubernetes_role(cloud: Cloud, team: str) -> None:
    api: Any = RbacAuthorizationV1Api(cloud.kubernetes.admin())
    namespace = f"hyperpod-ns-{team}"
    for role in api.list_namespaced_role(namespace).items:
        api.delete_namespaced_role(role.metadata.name, namespace)


def without_link(cloud: Cloud, team: str) -> None:
    fsx = cloud.client("fsx")
    for link in fsx.describe_data_repository_associations()["Associations"]:
        if link["FileSystemPath"].rstrip("/") == f"/teams/{team}/data":
            fsx.delete_data_repository_association(AssociationId=link["AssociationId"], DeleteDataInFileSystem=False)
    cloud.clock.sleep(30)


def without_memory(cloud: Cloud, team: str) -> None:
    """Makes the registry forget the team's folder, as docs/operating.md tells an administrator to free one."""
    cloud.client("dynamodb").update_item(
        TableName=cloud.stack.outputs["RegistryTable"],
        Key={"id": {"S": f"folder/{accounts.FILE_SYSTEM}"}},
        UpdateExpression="REMOVE #path",
        ExpressionAttributeNames={"#path": f"/teams/{team}/data"},
    )


def without_claim(cloud: Cloud, team: str) -> None:
    core: Any = CoreV1Api(cloud.kubernetes.admin())
    core.delete_namespaced_persistent_volume_claim("data", f"hyperpod-ns-{team}")


def association(cloud: Cloud, team: str, **changes: Any) -> None:
    """Changes the team's association."""
    eks, where = cloud.client("eks"), {"clusterName": accounts.EKS_CLUSTER}
    (one,) = eks.list_pod_identity_associations(**where, namespace=f"hyperpod-ns-{team}")["associations"]
    eks.update_pod_identity_association(**where, associationId=one["associationId"], **changes)


def without_session_tags(cloud: Cloud, team: str) -> None:
    association(cloud, team, disableSessionTags=True)


def other_role(cloud: Cloud, team: str) -> None:
    association(cloud, team, targetRoleArn=f"arn:aws:iam::{C}:role/of-somebody")


def with_session_policy(cloud: Cloud, team: str) -> None:
    nothing = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    association(cloud, team, disableSessionTags=True, policy=json.dumps(nothing))


def entry_of(team: str) -> dict[str, str]:
    """Where the team's access entry is."""
    role = f"arn:aws:iam::{A}:role/hyperpod-cluster-access-{team}"
    return {"clusterName": accounts.EKS_CLUSTER, "principalArn": role}


def other_username(cloud: Cloud, team: str) -> None:
    cloud.client("eks").update_access_entry(**entry_of(team), username="somebody:{{SessionName}}")


def other_type(cloud: Cloud, team: str) -> None:
    """The same role, as a node of the cluster."""
    eks, entry = cloud.client("eks"), entry_of(team)
    tags = eks.describe_access_entry(**entry)["accessEntry"]["tags"]
    eks.delete_access_entry(**entry)
    eks.create_access_entry(**entry, type="EC2_LINUX", tags=tags)


def disabled_quota(cloud: Cloud, team: str) -> None:
    sagemaker = cloud.client("sagemaker")
    (quota,) = sagemaker.list_compute_quotas(NameContains=f"hyperpod-ns-{team}-quota")["ComputeQuotaSummaries"]
    sagemaker.update_compute_quota(
        ComputeQuotaId=quota["ComputeQuotaId"],
        TargetVersion=quota["ComputeQuotaVersion"],
        ActivationState="Disabled",
    )
    cloud.clock.sleep(30)


def without_mark(cloud: Cloud, team: str) -> None:
    labels: Any = {"metadata": {"labels": {"hyperpod-onboarding/team": None}}}
    core = CoreV1Api(cloud.kubernetes.admin())
    core.patch_namespaced_service_account("hyperpod-training", f"hyperpod-ns-{team}", labels)


def without_levels(cloud: Cloud, team: str) -> None:
    labels: Any = {"metadata": {"labels": {"pod-security.kubernetes.io/warn": None}}}
    CoreV1Api(cloud.kubernetes.admin()).patch_namespace(f"hyperpod-ns-{team}", labels)


def without_network_policy(cloud: Cloud, team: str) -> None:
    api: Any = NetworkingV1Api(cloud.kubernetes.admin())
    api.delete_namespaced_network_policy("hyperpod-onboarding-fence", f"hyperpod-ns-{team}")


def with_open_network_policy(cloud: Cloud, team: str) -> None:
    api: Any = NetworkingV1Api(cloud.kubernetes.admin())
    opened: dict[str, Any] = {"spec": {"egress": [{}], "ingress": [{}]}}
    api.patch_namespaced_network_policy("hyperpod-onboarding-fence", f"hyperpod-ns-{team}", opened)


def without_requests(cloud: Cloud, team: str) -> None:
    api: Any = CoreV1Api(cloud.kubernetes.admin())
    api.delete_namespaced_limit_range("hyperpod-onboarding-fence", f"hyperpod-ns-{team}")


def with_load_balancers(cloud: Cloud, team: str) -> None:
    api: Any = CoreV1Api(cloud.kubernetes.admin())
    more = {"spec": {"hard": {"services.loadbalancers": "5"}}}
    api.patch_namespaced_resource_quota("hyperpod-onboarding-fence", f"hyperpod-ns-{team}", more)


DRIFTS = {
    "a role policy is gone": Drift(without_role_policy, {"role hyperpod-data-access-"}),
    "a trust policy was changed by hand": Drift(widened_trust, {"role hyperpod-cluster-access-"}),
    "the second of two roles lost its way in": Drift(
        without_second_way_in, {"role ResearchScientistRole policy"}, of_several
    ),
    "a trust policy takes any name of a session": Drift(
        with_names_of_ones_own, {"role hyperpod-cluster-access-"}, of_several
    ),
    "a role was deleted and made again": Drift(recreated_role, {"role hyperpod-data-access-", "access point"}),
    "an association is gone": Drift(without_association, {"pod identity"}),
    "an access policy is gone": Drift(without_access_policy, {"access entry"}),
    "an access policy reaches past the namespace": Drift(with_access_policy_past_the_namespace, {"access entry"}),
    "a statement of a bucket was changed by hand": Drift(widened_statement, {"checkpoints statement"}, with_own_prefix),
    "the policy of an access point is gone": Drift(without_point_policy, {"access point hyperpod-"}),
    "a grant was revoked": Drift(without_grant, {" grant hyperpod-data-access-"}, with_key),
    "a quota was changed in the console": Drift(changed_quota, {"compute quota"}),
    "a Role is gone": Drift(without_kubernetes_role, {" Role hyperpod-ns-"}),
    "a link of a folder is gone": Drift(without_link, {" link /"}, with_folder),
    "a claim of a volume is gone": Drift(without_claim, {"for claim hyperpod-ns-"}, with_folder),
    "a quota was disabled": Drift(disabled_quota, {"compute quota"}),
    "an association tells no more whose a pod is": Drift(without_session_tags, {"pod identity"}),
    "an association leads to another role": Drift(other_role, {"pod identity"}),
    "an association has a policy of its own": Drift(with_session_policy, {"pod identity"}),
    "an access entry has another name": Drift(other_username, {"access entry"}),
    "the mark of a service account is gone": Drift(without_mark, {" ServiceAccount hyperpod-ns-"}),
    "an access entry is of another type": Drift(other_type, {"access entry"}),
    "a level of Pod Security is gone": Drift(without_levels, {" Pod Security of hyperpod-ns-"}),
    "a NetworkPolicy is gone": Drift(without_network_policy, {" NetworkPolicy hyperpod-ns-"}),
    "a NetworkPolicy lets everybody in and out": Drift(with_open_network_policy, {" NetworkPolicy hyperpod-ns-"}),
    "a LimitRange is gone": Drift(without_requests, {" LimitRange hyperpod-ns-"}),
    "a ResourceQuota allows more": Drift(with_load_balancers, {" ResourceQuota hyperpod-ns-"}),
    "the role of a second service account is gone": Drift(without_second_role, {".evaluation"}, of_two),
    "the association of a second service account leads to the role of the first": Drift(
        with_role_of_the_first, {"pod identity"}, of_two
    ),
    "the association of a second service account is gone": Drift(without_second_association, {"pod identity"}, of_two),
    "a second service account is gone": Drift(without_second_service_account, {" ServiceAccount hyperpod-ns-"}, of_two),
    "a folder is forgotten": Drift(without_memory, {" folder /teams/"}, with_folder),
}
