"""What the tools of a team's people ask AWS and Kubernetes for, command by command, and where that is written.

docs/security.md has it as a table. Left out is what nobody needs a right for: sts:GetCallerIdentity (STS API
reference), and Kubernetes' discovery and OpenAPI documents, which every authenticated user reads (system:discovery).
"""

from dataclasses import dataclass
from typing import Final

from onboarding import names
from sandbox.cluster.authorization.rules import Attributes
from tests.unit.given import SETTINGS

TEAM: Final = "vision"
OWN: Final = names.namespace(TEAM)
ACCOUNT: Final = f"{SETTINGS.region}:{SETTINGS.account}"

JOBS: Final = "sagemaker.amazonaws.com"
SPACES: Final = "workspace.jupyter.org"
KUEUE: Final = "kueue.x-k8s.io"
METRICS: Final = "metrics.k8s.io"
ENDPOINTS: Final = "inference.sagemaker.aws.amazon.com"

YES: Final = "yes"
NO: Final = "no"

HYP: Final = "hyp"
KUBECTL: Final = "kubectl"
K9S: Final = "k9s"
CLI: Final = "aws"
CONSOLE: Final = "console"
STUDIO: Final = "Studio"


@dataclass(frozen=True)
class Call:
    """A call of AWS, and on what."""

    action: str
    resource: str = "*"


@dataclass(frozen=True)
class Ask:
    """A request to Kubernetes. `where` is a namespace; None is all of them, or what is in none."""

    verb: str
    resource: str
    group: str = ""
    where: str | None = OWN
    name: str | None = None

    @property
    def attributes(self) -> Attributes:
        """The same, as it is authorized."""
        return Attributes(self.verb, self.group, self.resource, self.where, self.name)

    @property
    def about(self) -> str:
        """The same but for the verb, for the table."""
        cluster_wide = self.resource in {"nodes", "namespaces", "customresourcedefinitions", "clusterqueues"}
        where = "" if self.where == OWN or cluster_wide or self.resource.startswith("selfsubject") else " everywhere"
        if self.where not in (OWN, None):
            where = f" in {self.where}"
        metrics = f".{METRICS}" if self.group == METRICS else ""
        return f"{self.resource}{metrics}{where}{', its own' if self.name else ''}"


@dataclass(frozen=True)
class Command:
    """What one types or clicks on."""

    tool: str
    typed: str
    calls: tuple[Call, ...]
    asks: tuple[Ask, ...]
    allowed: str
    """To a team with `edit`: YES, NO, or the short names of HyperPod's policies any of which it takes."""
    shown: str
    """What one sees where it is refused."""
    source: str

    @property
    def policies(self) -> tuple[str, ...]:
        """The access policies of HyperPod's, each of which allows it."""
        return () if self.allowed in (YES, NO) else tuple(self.allowed.split(", "))


_EKS: Final = Call("eks:DescribeCluster", SETTINGS.eks_cluster_arn)
_HYPERPOD: Final = Call("sagemaker:DescribeCluster", SETTINGS.hyperpod_cluster_arn)
_LIST_CLUSTERS: Final = Call("sagemaker:ListClusters")
_KUBERNETES_API: Final = Call("eks:AccessKubernetesApi", SETTINGS.eks_cluster_arn)
_NODES: Final = Ask("list", "nodes", where=None)
_NAMESPACES: Final = Ask("list", "namespaces", where=None)
_OWN_NAMESPACE: Final = Ask("get", "namespaces", name=OWN)
_OWN_QUEUE: Final = Ask("get", "clusterqueues", KUEUE, None, names.cluster_queue(TEAM))
_CRDS: Final = Ask("list", "customresourcedefinitions", "apiextensions.k8s.io", None)
_MYSELF: Final = Ask("create", "selfsubjectaccessreviews", "authorization.k8s.io", None)
_PODS: Final = Ask("list", "pods")
_JOB: Final = Ask("get", "hyperpodpytorchjobs", JOBS)


def _addon(name: str) -> Call:
    return Call("eks:DescribeAddon", f"arn:aws:eks:{ACCOUNT}:addon/{SETTINGS.eks_cluster}/{name}/an-id")


def _full(resource: str, group: str) -> tuple[Ask, ...]:
    return tuple(Ask(verb, resource, group) for verb in ("create", "get", "list", "delete"))


_CLI_SOURCE: Final = "aws/sagemaker-hyperpod-cli, src/sagemaker/hyperpod/"
_K9S_SOURCE: Final = "derailed/k9s, internal/"
_STUDIO_SOURCE: Final = 'SageMaker developer guide, "Setting up an Amazon EKS cluster in Studio"'

COMMANDS: Final = (
    Command(
        HYP,
        "set-cluster-context --cluster-name ... --namespace ...",
        (_HYPERPOD, _EKS),
        (),
        YES,
        "",
        f"{_CLI_SOURCE}cli/commands/cluster.py (and `aws eks update-kubeconfig`, which it runs)",
    ),
    Command(HYP, "describe cluster", (_HYPERPOD,), (), YES, "", f"{_CLI_SOURCE}cli/commands/cluster.py"),
    Command(
        HYP,
        "list-cluster",
        (_LIST_CLUSTERS, _HYPERPOD, _EKS),
        (_NODES, Ask("list", "pods", where=None), _OWN_NAMESPACE, _OWN_QUEUE),
        NO,
        "`Failed to list HyperPod clusters`; with `--clusters NAME`: `Error processing cluster ... (403)` and `[]`",
        f"{_CLI_SOURCE}cli/commands/cluster.py, cli/service/list_pods.py",
    ),
    Command(
        HYP,
        "get-monitoring",
        (
            Call("eks:ListAddons", SETTINGS.eks_cluster_arn),
            _addon("amazon-sagemaker-hyperpod-observability"),
        ),
        (),
        YES,
        "",
        f"{_CLI_SOURCE}observability/utils.py, observability/constants.py",
    ),
    Command(
        HYP,
        "create, list, describe, delete hyp-pytorch-job",
        (),
        _full("hyperpodpytorchjobs", JOBS),
        YES,
        "",
        f"{_CLI_SOURCE}training/hyperpod_pytorch_job.py",
    ),
    Command(
        HYP,
        "list-pods, get-logs, exec hyp-pytorch-job",
        (),
        (_JOB, _PODS, Ask("get", "pods/log"), Ask("get", "pods/exec")),
        YES,
        "",
        f"{_CLI_SOURCE}training/hyperpod_pytorch_job.py",
    ),
    Command(
        HYP,
        "get-operator-logs hyp-pytorch-job",
        (),
        (Ask("list", "pods", where="aws-hyperpod"), Ask("get", "pods/log", where="aws-hyperpod")),
        NO,
        "`403 Forbidden`: the operator's log has all teams' jobs in it",
        f"{_CLI_SOURCE}training/hyperpod_pytorch_job.py",
    ),
    Command(
        HYP,
        "create, list, describe, delete hyp-custom-endpoint",
        (),
        _full("inferenceendpointconfigs", ENDPOINTS),
        "Inference",
        "`Access denied to resource ...`",
        f"{_CLI_SOURCE}cli/hyp_cli.py, common/utils.py (handle_exception); {_STUDIO_SOURCE}",
    ),
    Command(
        HYP,
        "create, list, describe, delete hyp-space",
        (),
        _full("workspaces", SPACES),
        "Space",
        "`Access denied to resource ...`",
        f"{_CLI_SOURCE}space/hyperpod_space.py; {_STUDIO_SOURCE}",
    ),
    Command(
        HYP,
        "create ray-dashboard-connection",
        (),
        (Ask("create", "raydashboardconnections", "connection.access.sagemaker.amazonaws.com"),),
        "Training, Inference",
        "`403 Forbidden`",
        f"{_CLI_SOURCE}cli/commands/ray_dashboard_connection.py; {_STUDIO_SOURCE}",
    ),
    Command(
        HYP,
        "create, list cluster-stack; update cluster",
        (Call("cloudformation:CreateStack"), Call("cloudformation:ListStacks"), Call("sagemaker:UpdateCluster")),
        (),
        NO,
        "`AccessDenied`: the cluster is its administrators'",
        f"{_CLI_SOURCE}cli/hyp_cli.py, cli/commands/cluster_stack.py",
    ),
    Command(
        KUBECTL,
        "get, apply, delete PyTorchJobs, MPIJobs, Ray clusters, jobs, services",
        (),
        (
            *(Ask("patch", kind, "kubeflow.org") for kind in ("pytorchjobs", "mpijobs")),
            *(Ask("patch", kind, "ray.io") for kind in ("rayclusters", "rayjobs", "rayservices")),
        ),
        YES,
        "",
        f'Kubernetes documentation, "Authorization" (verbs); {_STUDIO_SOURCE} (kinds)',
    ),
    Command(
        KUBECTL,
        "logs, exec, port-forward",
        (),
        (Ask("get", "pods/log"), Ask("create", "pods/exec"), Ask("create", "pods/portforward")),
        YES,
        "",
        'Kubernetes documentation, "Authorization"',
    ),
    Command(
        KUBECTL,
        "get workloads, localqueues; get clusterqueue of its own",
        (),
        (Ask("list", "workloads", KUEUE), Ask("list", "localqueues", KUEUE), _OWN_QUEUE),
        YES,
        "",
        "aws/sagemaker-hyperpod-cli, helm_chart/HyperPodHelmChart/charts/team-role-and-bindings",
    ),
    Command(
        KUBECTL,
        "top pods",
        (),
        (Ask("list", "pods", METRICS),),
        YES,
        "",
        "kubernetes-sigs/metrics-server, manifests/base/rbac.yaml (system:aggregated-metrics-reader)",
    ),
    Command(KUBECTL, "get nodes", (), (_NODES,), YES, "", 'Kubernetes documentation, "Authorization"'),
    Command(
        KUBECTL,
        "describe node",
        (),
        (Ask("get", "nodes", where=None), Ask("list", "pods", where=None)),
        NO,
        "the node, with `Pods: not authorized`",
        "kubernetes/kubectl, pkg/describe/describe.go (NodeDescriber)",
    ),
    Command(
        KUBECTL,
        "top nodes",
        (),
        (Ask("list", "nodes", METRICS, None),),
        NO,
        "`nodes.metrics.k8s.io is forbidden`: what other teams' jobs use",
        "kubernetes-sigs/metrics-server, manifests/base/rbac.yaml",
    ),
    Command(
        KUBECTL,
        "get namespaces",
        (),
        (_NAMESPACES,),
        "UserCluster",
        "`namespaces is forbidden`; its own by name is shown",
        'Kubernetes documentation, "Authorization"',
    ),
    Command(
        KUBECTL,
        "debug POD (a container in a running pod)",
        (),
        (Ask("patch", "pods/ephemeralcontainers"),),
        NO,
        "`pods/ephemeralcontainers is forbidden`; `exec`, or `debug --copy-to`, which makes a pod",
        'Kubernetes documentation, "Ephemeral Containers"; EKS user guide, "Review access policy permissions"',
    ),
    Command(
        K9S,
        "-n NAMESPACE: pods, jobs, logs, shells, and what pods use",
        (),
        (
            _OWN_NAMESPACE,
            _MYSELF,
            *(Ask(verb, "pods") for verb in ("get", "list", "watch")),
            Ask("list", "pods", METRICS),
            Ask("get", "pods/log"),
            Ask("create", "pods/exec"),
        ),
        YES,
        "",
        f"{_K9S_SOURCE}client/client.go (CanI), watch/factory.go, client/metrics.go",
    ),
    Command(
        K9S,
        "the list of namespaces, and 0 (all of them)",
        (),
        (_NAMESPACES,),
        "UserCluster",
        "`user not authorized to list all namespaces` in its log; the list is empty, so start it with `-n`",
        f"{_K9S_SOURCE}client/client.go (ValidNamespaceNames); k9s issues 534, 2387, 3290",
    ),
    Command(
        K9S,
        "the head: the cluster's CPU and memory",
        (),
        (_NODES, Ask("list", "nodes", METRICS, None)),
        NO,
        "no values",
        f"{_K9S_SOURCE}model/cluster.go (Metrics), model/cluster_info.go (Refresh)",
    ),
    Command(
        K9S,
        "the list of custom resources",
        (),
        (_CRDS,),
        NO,
        "`CRDs load Fail` in its log; a kind is opened by its name (`:pytorchjobs`)",
        "k9s issues 534, 2387, 3290",
    ),
    Command(
        CLI,
        "sagemaker list-cluster-nodes, describe-cluster-node",
        (
            Call("sagemaker:ListClusterNodes", SETTINGS.hyperpod_cluster_arn),
            Call("sagemaker:DescribeClusterNode", SETTINGS.hyperpod_cluster_arn),
        ),
        (),
        YES,
        "",
        "SageMaker API reference",
    ),
    Command(
        CLI,
        "sagemaker list-compute-quotas, describe-compute-quota",
        (
            Call("sagemaker:ListComputeQuotas"),
            Call("sagemaker:DescribeComputeQuota", f"arn:aws:sagemaker:{ACCOUNT}:compute-quota/an-id"),
        ),
        (),
        YES,
        "",
        "SageMaker API reference",
    ),
    Command(
        CONSOLE,
        "EKS and SageMaker, switched to the role: Kubernetes resources, Tasks, by the cluster's link",
        (_HYPERPOD, _EKS, _KUBERNETES_API),
        (_PODS,),
        YES,
        "",
        'EKS user guide, "View Kubernetes resources in the AWS Management Console"',
    ),
    Command(
        CONSOLE,
        "the same: the list of clusters; making and changing what is in Kubernetes",
        (_LIST_CLUSTERS, Call("eks:MutateViaKubernetesApi", SETTINGS.eks_cluster_arn)),
        (),
        NO,
        "`AccessDenied`: the list would show the account's other clusters; `kubectl` writes",
        'service authorization reference; EKS user guide, "Grant AWS services write access to Kubernetes APIs"',
    ),
    Command(
        STUDIO,
        "a terminal of a space: `hyp` and `kubectl` by the profile",
        (_HYPERPOD, _EKS),
        (_PODS,),
        YES,
        "",
        f"{_CLI_SOURCE}cli/commands/cluster.py",
    ),
    Command(
        STUDIO,
        "its own pages (HyperPod clusters, Tasks, spaces)",
        (
            _LIST_CLUSTERS,
            _HYPERPOD,
            _EKS,
            _KUBERNETES_API,
            Call("eks:MutateViaKubernetesApi", SETTINGS.eks_cluster_arn),
            _addon("amazon-sagemaker-spaces"),
            Call("ssm:StartSession"),
        ),
        (_NAMESPACES, _NODES, Ask("get", "customresourcedefinitions", "apiextensions.k8s.io", None), _MYSELF),
        NO,
        "no cluster, since the pages act as the domain's execution role; of a kind that it may not see: `The Custom "
        "Resource Definition (CRD) ... is not configured`",
        _STUDIO_SOURCE,
    ),
)
