"""Whether the cluster's instances may fetch pods' credentials: the agent on them does so as the instances' role."""

import json
from collections.abc import Iterator
from typing import Final

from onboarding.plan import Finding
from onboarding.resource import Context

ACTION: Final = "eks-auth:AssumeRoleForPodIdentity"
"""What the agent calls (EKS user guide, "Set up the Amazon EKS Pod Identity Agent"; SageMaker developer guide, "AWS
Identity and Access Management for SageMaker HyperPod")."""


def node_findings(context: Context) -> Iterator[Finding]:
    """Each role of the cluster's instance groups, by IAM's own simulation: it knows all policies, boundary and
    organization's included, but no condition that only a real call brings, so that it can warn and no more.

    Raises botocore's ClientError.
    """
    settings, accounts = context.settings, context.accounts
    cluster = accounts.client("sagemaker").describe_cluster(ClusterName=settings.hyperpod_cluster_arn)
    groups: dict[str, list[str]] = {}
    for group in (*cluster.get("InstanceGroups", ()), *cluster.get("RestrictedInstanceGroups", ())):
        groups.setdefault(group["ExecutionRole"], []).append(group["InstanceGroupName"])
    for role, names in sorted(groups.items()):
        results = accounts.client("iam").simulate_principal_policy(
            PolicySourceArn=role, ActionNames=[ACTION], ResourceArns=[settings.eks_cluster_arn]
        )["EvaluationResults"]
        name = role.rsplit("/", 1)[1]
        resource = f"{settings.account} role {name} of instances {', '.join(sorted(names))}"
        if all(result["EvalDecision"] == "allowed" for result in results):
            yield Finding(id="NODE-ROLE", resource=resource, state=f"allowed {ACTION}")
            continue
        yield Finding(
            id="NODE-ROLE",
            resource=resource,
            state=f"not allowed {ACTION}",
            reason="pods on these instances get no credentials, and so reach no dataset",
            mend=f"aws iam put-role-policy --role-name {name} --policy-name pod-identity --policy-document "
            f"'{_document(settings.eks_cluster_arn)}'",
            warning=True,
        )


def _document(cluster_arn: str) -> str:
    statement = {"Effect": "Allow", "Action": ACTION, "Resource": cluster_arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
