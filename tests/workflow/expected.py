"""What the sample event must lead to, written out by hand: nothing here is taken from the product."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

Document = dict[str, Any]

A, B, C = "111122223333", "444455556666", "777788889999"
POINT: Final = f"arn:aws:s3:us-west-2:{C}:accesspoint"
KEY: Final = f"arn:aws:kms:us-west-2:{C}:key/11111111-2222-4333-8444-555555555555"
READ: Final = ["get", "list", "watch"]
WRITE: Final = ["create", "delete", "get", "list", "patch", "update", "watch"]
# The names end in the first ten hex digits of SHA-256 over team, account, bucket and prefix, a line each.
IMAGES, LABELS, CHECKPOINTS = "hyperpod-vision-85527abb09", "hyperpod-vision-4952664a89", "hyperpod-vision-827e329d9a"


def _document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(action: str | list[str], resource: str | list[str], **more: Any) -> Document:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _below(prefix: str) -> Document:
    return {"StringLike": {"s3:prefix": [prefix, f"{prefix}*"]}}


CHECKPOINT_ACTIONS: Final = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
]


def _named(*namespaces: str) -> Document:
    named = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": [*namespaces]}
    return {"namespaceSelector": {"matchExpressions": [named]}}


OWNERS_STATEMENT: Final = {
    "Sid": "OwnersAnalytics",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{C}:root"},
    "Action": ["s3:GetObject", "s3:ListBucket"],
    "Resource": ["arn:aws:s3:::example-corp-images", "arn:aws:s3:::example-corp-images/*"],
}
"""As the owner wrote it, keys in the owner's order."""


@dataclass(frozen=True)
class Expected:
    """The world of the team `vision`."""

    team: str
    hyperpod_cluster_arn: str

    @property
    def marks(self) -> dict[str, str]:
        """Tags and labels on all that is the team's."""
        return {"hyperpod-onboarding/team": self.team, "hyperpod-onboarding/stack": "hyperpod-onboarding"}

    cluster_access_trust = _document(
        {
            "Sid": "ScientistsOfTheTeam",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{B}:role/DataScientistRole"},
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
        }
    )

    scientist_policy = _document(
        _allow(
            ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
            f"arn:aws:iam::{A}:role/hyperpod-cluster-access-vision",
            Sid="ReachTheSharedCluster",
        )
    )

    data_access_trust = _document(
        {
            "Sid": "PodsOfTheTeam",
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "StringEquals": {
                    "aws:SourceAccount": A,
                    "aws:RequestTag/eks-cluster-arn": f"arn:aws:eks:us-west-2:{A}:cluster/research-eks",
                    "aws:RequestTag/kubernetes-namespace": "hyperpod-ns-vision",
                    "aws:RequestTag/kubernetes-service-account": "hyperpod-training",
                }
            },
        }
    )

    data_access_permissions = _document(
        _allow("s3:ListBucket", f"{POINT}/{IMAGES}", Condition=_below("curated/")),
        _allow("s3:ListBucket", f"{POINT}/{LABELS}"),
        _allow("s3:ListBucket", f"{POINT}/{CHECKPOINTS}", Condition=_below("vision/")),
        _allow("s3:GetObject", [f"{POINT}/{LABELS}/object/*", f"{POINT}/{IMAGES}/object/curated/*"]),
        _allow("kms:Decrypt", KEY, Condition={"StringEquals": {"kms:ViaService": "s3.us-west-2.amazonaws.com"}}),
        _allow(CHECKPOINT_ACTIONS, f"{POINT}/{CHECKPOINTS}/object/vision/*"),
    )

    @property
    def cluster_access_permissions(self) -> Document:
        """What a scientist needs to reach the cluster."""
        return _document(
            _allow(
                ["eks:AccessKubernetesApi", "eks:DescribeCluster", "eks:ListAddons"],
                f"arn:aws:eks:us-west-2:{A}:cluster/research-eks",
                Sid="ReachTheCluster",
            ),
            _allow(
                "eks:DescribeAddon",
                f"arn:aws:eks:us-west-2:{A}:addon/research-eks/amazon-sagemaker-hyperpod-observability/*",
                Sid="FindDashboards",
            ),
            _allow(
                ["sagemaker:DescribeCluster", "sagemaker:DescribeClusterNode", "sagemaker:ListClusterNodes"],
                self.hyperpod_cluster_arn,
                Sid="ReadTheHyperPodCluster",
            ),
            _allow(
                "sagemaker:DescribeComputeQuota",
                f"arn:aws:sagemaker:us-west-2:{A}:compute-quota/*",
                Sid="ReadComputeQuotas",
            ),
            _allow("sagemaker:ListComputeQuotas", "*", Sid="FindComputeQuotas"),
        )

    @property
    def access_point_policies(self) -> dict[str, Document]:
        """Bucket to the policy of its access point."""
        role = {"AWS": f"arn:aws:iam::{A}:role/hyperpod-data-access-vision"}
        images, labels, checkpoints = f"{POINT}/{IMAGES}", f"{POINT}/{LABELS}", f"{POINT}/{CHECKPOINTS}"
        listing, objects = {"Sid": "List", "Principal": role}, {"Sid": "Objects", "Principal": role}
        return {
            "example-corp-images": _document(
                _allow("s3:ListBucket", images, Condition=_below("curated/"), **listing),
                _allow("s3:GetObject", f"{images}/object/curated/*", **objects),
            ),
            "example-corp-labels": _document(
                _allow("s3:ListBucket", labels, **listing),
                _allow("s3:GetObject", f"{labels}/object/*", **objects),
            ),
            "example-corp-checkpoints": _document(
                _allow("s3:ListBucket", checkpoints, Condition=_below("vision/"), **listing),
                _allow(CHECKPOINT_ACTIONS, f"{checkpoints}/object/vision/*", **objects),
            ),
        }

    def delegation(self, bucket: str) -> Document:
        """The stack's statement in a bucket's policy."""
        return {
            "Sid": f"HyperpodOnboarding{A}AccessPoints",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{A}:root"},
            "Action": sorted([*CHECKPOINT_ACTIONS, "s3:ListBucket"]),
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            "Condition": {"StringEquals": {"s3:DataAccessPointAccount": C}},
        }

    pod_security: ClassVar[Document] = {
        "pod-security.kubernetes.io/audit": "baseline",
        "pod-security.kubernetes.io/audit-version": "latest",
        "pod-security.kubernetes.io/warn": "baseline",
        "pod-security.kubernetes.io/warn-version": "latest",
        "hyperpod-onboarding/before-audit": "none",
        "hyperpod-onboarding/before-audit-version": "none",
        "hyperpod-onboarding/before-warn": "none",
        "hyperpod-onboarding/before-warn-version": "none",
    }
    """Labels of the namespace, beside task governance's own."""

    fence: ClassVar[Document] = {
        "NetworkPolicy": {
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [{"podSelector": {}}, _named("aws-hyperpod")]}],
            "egress": [
                {"to": [{"podSelector": {}}, _named("aws-hyperpod", "kube-system")]},
                {
                    "to": [
                        {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}},
                        {"ipBlock": {"cidr": "::/0", "except": ["fd00:ec2::254/128"]}},
                    ]
                },
            ],
        },
        "LimitRange": {"limits": [{"type": "Container", "defaultRequest": {"cpu": "100m", "memory": "256Mi"}}]},
        "ResourceQuota": {
            "hard": {
                "pods": "3k",
                "persistentvolumeclaims": "100",
                "services.loadbalancers": "0",
                "services.nodeports": "0",
            }
        },
    }
    """Kind to what stands in the namespace."""

    @property
    def kubernetes_objects(self) -> dict[str, Any]:
        """All that the stack itself makes in Kubernetes."""
        namespace, rbac = f"hyperpod-ns-{self.team}", "rbac.authorization.k8s.io"
        jobs, reader = f"{namespace}-jobs", f"{namespace}-queue-reader"
        group = {"apiGroup": rbac, "kind": "Group", "name": f"{namespace}-namespace-level-group"}

        def meta(name: str, **more: str) -> dict[str, Any]:
            return {"name": name, "labels": self.marks, **more}

        def rule(groups: str, resources: list[str], verbs: list[str], **more: Any) -> dict[str, Any]:
            return {"apiGroups": [groups], "resources": resources, "verbs": verbs, **more}

        def reference(kind: str, name: str) -> dict[str, str]:
            return {"apiGroup": rbac, "kind": kind, "name": name}

        return {
            **{
                f"{kind}/{namespace}/hyperpod-onboarding-fence": {
                    "metadata": meta("hyperpod-onboarding-fence", namespace=namespace),
                    "spec": spec,
                }
                for kind, spec in self.fence.items()
            },
            f"ServiceAccount/{namespace}/hyperpod-training": {
                "metadata": meta("hyperpod-training", namespace=namespace)
            },
            f"Role/{namespace}/{jobs}": {
                "metadata": meta(jobs, namespace=namespace),
                "rules": [
                    rule("kubeflow.org", ["mpijobs", "pytorchjobs", "pytorchjobs/status"], WRITE),
                    rule("ray.io", ["rayclusters", "raycronjobs", "rayjobs", "rayservices"], WRITE),
                    rule("sagemaker.amazonaws.com", ["hyperpodpytorchjobs", "hyperpodpytorchjobs/status"], WRITE),
                    rule("kueue.x-k8s.io", ["workloads"], ["get", "list", "patch", "watch"]),
                    rule("kueue.x-k8s.io", ["localqueues", "workloads/status"], READ),
                    rule("metrics.k8s.io", ["pods"], ["get", "list"]),
                ],
            },
            f"RoleBinding/{namespace}/{jobs}": {
                "metadata": meta(jobs, namespace=namespace),
                "roleRef": reference("Role", jobs),
                "subjects": [group],
            },
            f"ClusterRole/{reader}": {
                "metadata": meta(reader),
                "rules": [
                    rule("", ["namespaces"], ["get"], resourceNames=[namespace]),
                    rule("", ["nodes"], READ),
                    rule("kueue.x-k8s.io", ["clusterqueues"], READ, resourceNames=[f"{namespace}-clusterqueue"]),
                    rule("kueue.x-k8s.io", ["resourceflavors", "workloadpriorityclasses"], READ),
                ],
            },
            f"ClusterRoleBinding/{reader}": {
                "metadata": meta(reader),
                "roleRef": reference("ClusterRole", reader),
                "subjects": [group],
            },
        }
