"""The cluster's policy of task governance: who goes first, and who may use what lies idle."""

from collections.abc import Iterator
from typing import Any, Final

from onboarding import names
from onboarding.connect import PRIORITY_CLASSES
from onboarding.plan import Finding
from onboarding.request import TeamRequest
from onboarding.resource import Context

_WELL: Final = frozenset({"Creating", "Created", "Updating", "Updated"})
_GONE: Final = "Deleted"


def scheduler_findings(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """Warnings where the cluster has no policy, or one that is not in force, or one that ignores the team's weight."""
    arn = context.settings.hyperpod_cluster_arn
    address = f"{context.settings.account} scheduler config of {arn.rsplit(':', 1)[1]}"
    policy = _find(context.accounts.client("sagemaker"), arn)
    if policy is None:
        yield Finding(
            id="SCHEDULER-POLICY",
            resource=address,
            state="missing",
            reason="the cluster has no policy, so tasks have no priority classes and idle compute no fair shares",
            mend=f"aws sagemaker create-cluster-scheduler-config --name policy --cluster-arn {arn} --scheduler-config "
            "'PriorityClasses=[{Name=training,Weight=50}],FairShare=Enabled'",
            warning=True,
            connect={PRIORITY_CLASSES: []},
        )
        return
    status, config = policy["Status"], policy.get("SchedulerConfig", {})
    # "Default is Enabled" (SageMaker API reference, SchedulerConfig).
    fair = config.get("FairShare", "Enabled") == "Enabled"
    state = f"{status}, {_described(config, fair)}"
    connect = {PRIORITY_CLASSES: [names.priority_class(each["Name"]) for each in config.get("PriorityClasses", [])]}
    if status in _WELL:
        yield Finding(id="SCHEDULER-POLICY", resource=address, state=state, connect=connect)
    else:
        yield Finding(
            id="SCHEDULER-POLICY",
            resource=address,
            state=state,
            reason=f"the policy is {status}: {policy.get('FailureReason', 'no reason given')}",
            mend=_update(policy, config),
            warning=True,
            connect=connect,
        )
    weight = request.quota.fair_share_weight
    if weight and not fair:
        yield Finding(
            id="QUOTA-WEIGHT",
            resource="quota.fairShareWeight",
            state=str(weight),
            reason=f"the weight {weight} has no effect, since fair share is Disabled in the cluster's policy",
            mend=_update(policy, {**config, "FairShare": "Enabled"}),
            warning=True,
        )


def _find(sagemaker: Any, cluster: str) -> dict[str, Any] | None:
    """The policy of the cluster; there is one at most."""
    pages = sagemaker.get_paginator("list_cluster_scheduler_configs").paginate(ClusterArn=cluster)
    for summary in (summary for page in pages for summary in page["ClusterSchedulerConfigSummaries"]):
        if summary["Status"] != _GONE:
            described: dict[str, Any] = sagemaker.describe_cluster_scheduler_config(
                ClusterSchedulerConfigId=summary["ClusterSchedulerConfigId"]
            )
            return described
    return None


def _described(config: dict[str, Any], fair: bool) -> str:
    classes = ", ".join(f"{each['Name']} {each['Weight']}" for each in config.get("PriorityClasses", []))
    idle = config.get("IdleResourceSharing", "not set")
    return f"priority classes {classes or 'none'}; fair share {'on' if fair else 'off'}; idle sharing {idle}"


def _update(policy: dict[str, Any], config: dict[str, Any]) -> str:
    """The command that sets this configuration; what it leaves out would be taken away."""
    classes = ",".join(f"{{Name={each['Name']},Weight={each['Weight']}}}" for each in config.get("PriorityClasses", []))
    fields = {
        "PriorityClasses": f"[{classes}]" if classes else None,
        "FairShare": config.get("FairShare"),
        "IdleResourceSharing": config.get("IdleResourceSharing"),
    }
    shorthand = ",".join(f"{name}={value}" for name, value in fields.items() if value)
    return (
        "aws sagemaker update-cluster-scheduler-config "
        f"--cluster-scheduler-config-id {policy['ClusterSchedulerConfigId']} "
        f"--target-version {policy['ClusterSchedulerConfigVersion']} --scheduler-config '{shorthand}'"
    )
