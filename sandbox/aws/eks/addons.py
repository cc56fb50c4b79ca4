"""EKS add-ons."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.eks.models import eks_backends
from moto.moto_api._internal import mock_random

from sandbox.aws.eks.clusters import cluster_of, extras, once, refuse
from sandbox.aws.moto.installation import current
from sandbox.aws.moto.operations import Call, Handler, error, page

ADDONS = (
    "amazon-sagemaker-hyperpod-observability",
    "amazon-sagemaker-hyperpod-taskgovernance",
    "amazon-sagemaker-hyperpod-training-operator",
    "aws-fsx-csi-driver",
    "coredns",
    "eks-pod-identity-agent",
    "kube-proxy",
    "vpc-cni",
)

_VERSIONS = {"amazon-sagemaker-hyperpod-taskgovernance": "v1.5.0-eksbuild.1", "vpc-cni": "v1.20.4-eksbuild.1"}
"""What is installed where no version is named."""


@dataclass
class Addon:
    """An add-on of a cluster; `due` is the sandbox second at which it becomes ACTIVE, or is gone."""

    cluster: str
    name: str
    arn: str
    version: str
    tags: dict[str, str]
    due: float
    configuration: str = ""
    """As it was given, JSON or YAML; what it means is the add-on's own."""
    deleting: bool = False
    fault: str | None = None
    """A lasting status other than ACTIVE, set by `set_addon_status`."""
    created: datetime = field(default_factory=utcnow)

    @property
    def status(self) -> str:
        """By the clock."""
        if self.deleting:
            return "DELETING"
        return self.fault or ("ACTIVE" if current().clock.now() >= self.due else "CREATING")


def set_addon_status(account: str, region: str, cluster: str, name: str, status: str) -> None:
    """Lets an add-on show that status (DEGRADED, CREATE_FAILED, …) until told otherwise; ACTIVE heals it."""
    addon: Addon = extras(eks_backends[account][region].clusters[cluster]).addons[name]
    addon.fault = None if status == "ACTIVE" else status


@once
def create(call: Call) -> dict[str, Any]:
    """CreateAddon."""
    cluster, name = cluster_of(call), call.params["addonName"]
    if name not in ADDONS:
        raise refuse(f"Addon {name} specified is not supported in {cluster.version} kubernetes version")
    if name in _addons(call):
        raise error("ResourceInUseException", "Addon already exists.", cluster_name=cluster.name, addon_name=name)
    addon = Addon(
        cluster=cluster.name,
        name=name,
        arn=f"arn:aws:eks:{call.region}:{call.account}:addon/{cluster.name}/{name}/{mock_random.uuid4()}",
        version=call.params.get("addonVersion", _VERSIONS.get(name, "v1.0.0-eksbuild.1")),
        tags=call.params.get("tags", {}),
        due=current().clock.now() + current().delays.addon,
        configuration=call.params.get("configurationValues", ""),
    )
    extras(cluster).addons[name] = addon
    return {"addon": _show(addon)}


def describe(call: Call) -> dict[str, Any]:
    """DescribeAddon."""
    return {"addon": _show(_addon_of(call))}


def delete(call: Call) -> dict[str, Any]:
    """DeleteAddon."""
    addon = _addon_of(call)
    addon.deleting, addon.due = True, current().clock.now() + current().delays.addon
    return {"addon": _show(addon)}


def list_addons(call: Call) -> dict[str, Any]:
    """ListAddons."""
    names = sorted(_addons(call))
    shown, token = page(names, call.params.get("maxResults", 100), call.params.get("nextToken"), refuse)
    return {"addons": shown, "nextToken": token}


HANDLERS: dict[str, Handler] = {
    "CreateAddon": create,
    "DescribeAddon": describe,
    "DeleteAddon": delete,
    "ListAddons": list_addons,
}


def _addons(call: Call) -> dict[str, Addon]:
    held: dict[str, Addon] = extras(cluster_of(call)).addons
    for addon in [addon for addon in held.values() if addon.deleting and current().clock.now() >= addon.due]:
        del held[addon.name]
    return held


def _addon_of(call: Call) -> Addon:
    name, cluster = call.params["addonName"], call.params["clusterName"]
    addon = _addons(call).get(name)
    if addon is None:
        raise error(
            "ResourceNotFoundException",
            f"No addon: {name} found in cluster: {cluster}",
            cluster_name=cluster,
            addon_name=name,
        )
    return addon


def _show(addon: Addon) -> dict[str, Any]:
    return {
        "addonName": addon.name,
        "clusterName": addon.cluster,
        "status": addon.status,
        "addonVersion": addon.version,
        "health": {"issues": []},
        "addonArn": addon.arn,
        "createdAt": addon.created,
        "modifiedAt": addon.created,
        "tags": addon.tags,
        "publisher": "eks",
        "owner": "aws",
        **({"configurationValues": addon.configuration} if addon.configuration else {}),
    }
