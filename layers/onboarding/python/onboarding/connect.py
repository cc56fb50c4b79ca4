"""What a team's people need to get in, as `connect` in the event Team Onboarded, the output and the registry.

It has names, ARNs and commands, and no secret: whoever reads it gets in nowhere by it.
"""

from collections.abc import Iterable
from typing import Any, Final

from onboarding import names
from onboarding.dataset_access import access_point_arn
from onboarding.principals import Principal
from onboarding.request import Dataset, TeamRequest
from onboarding.settings import Settings

PRIORITY_CLASSES: Final = "priorityClasses"
"""The one field that is read, not derived: the cluster's policy names them, and the plan looks at it (`Finding`)."""

YOUR_SESSION: Final = "YOUR-SESSION-NAME"
"""Stands for what only whoever signs in knows: the end of his own session's ARN, which his session here must be called
where the stack binds that (`aws sts get-caller-identity`)."""


def connect(request: TeamRequest, settings: Settings) -> dict[str, Any]:
    """The same for the same request and stack, without a look at anything; the plan adds `priorityClasses`."""
    profile = names.profile(settings.prefix, request.team)
    namespace, role = names.namespace(request.team), names.cluster_access_role(settings.prefix, request.team)
    return {
        "account": settings.account,
        "region": settings.region,
        "cluster": settings.eks_cluster,
        "hyperPodCluster": settings.hyperpod_cluster_arn,
        "namespace": namespace,
        "role": settings.role_arn(role),
        "profiles": [
            _profile(principal, profile, settings.role_arn(role), settings) for principal in request.principals
        ],
        "commands": {
            "kubeconfig": f"aws eks update-kubeconfig --name {settings.eks_cluster} --region {settings.region} "
            f"--profile {profile}",
            # DescribeCluster takes its argument, by name or by ARN (sagemaker-hyperpod-cli, cli/commands/cluster.py;
            # SageMaker API reference, DescribeCluster). It has no option for a profile.
            "hyp": f"AWS_PROFILE={profile} hyp set-cluster-context --cluster-name {settings.hyperpod_cluster_arn} "
            f"--region {settings.region} --namespace {namespace}",
        },
        "queue": names.local_queue(request.team),
        **_of_pods(request, settings),
        "claims": [
            {"name": storage.name, "dataset": storage.dataset, "accessMode": storage.access_mode}
            for storage in request.storage
        ],
        **_end(request),
    }


def _end(request: TeamRequest) -> dict[str, Any]:
    """The last day of a team that has one, and why one that is suspended is."""
    found: dict[str, Any] = {} if request.expires is None else {"expires": request.expires}
    if request.suspension is not None:
        found["suspension"] = request.suspension.model_dump(mode="json", by_alias=True, exclude_none=True)
    return found


def _of_pods(request: TeamRequest, settings: Settings) -> dict[str, Any]:
    """The service account and the datasets; and, of a team that has several, what each reaches. The first one's stand
    where the only one's would, so that whatever reads those alone is right."""
    first = next(iter(request.pod_accounts), None)
    if request.service_accounts is None or first is None:
        return {
            "serviceAccount": request.service_account,
            "datasets": _datasets(request, request.datasets, settings),
        }
    return {
        "serviceAccount": first.name,
        "datasets": _datasets(request, first.datasets, settings),
        "serviceAccounts": [
            {"name": account.name, "datasets": _datasets(request, account.datasets, settings)}
            for account in request.pod_accounts
        ],
    }


def _datasets(request: TeamRequest, datasets: Iterable[Dataset], settings: Settings) -> list[dict[str, Any]]:
    return [
        {
            "bucket": dataset.bucket,
            **({"prefix": dataset.prefix} if dataset.prefix else {}),
            "access": dataset.access,
            "accessPoint": access_point_arn(request, dataset, settings),
        }
        for dataset in datasets
    ]


def _profile(principal: Principal, name: str, role: str, settings: Settings) -> dict[str, Any]:
    """What whoever is this principal adds to ~/.aws/config. By which profile he is it only he knows: it is named for
    the role or the permission set here (AWS CLI user guide, "Using an IAM role in the AWS CLI").
    """
    lines = [
        f"[profile {name}]",
        f"role_arn = {role}",
        f"source_profile = {principal.name}",
        f"region = {settings.region}",
    ]
    if settings.binds_session_names(permission_set=principal.permission_set is not None):
        lines.append(f"role_session_name = {YOUR_SESSION}")
    return {
        "principal": principal.role_arn or principal.address,
        "name": name,
        "source": principal.name,
        "lines": lines,
    }
