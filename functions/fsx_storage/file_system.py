"""A file system as it is described, and what stands in the way of linking and mounting folders of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from onboarding.aws_errors import is_missing
from onboarding.resource import Context

# A file system that grows, or whose settings change, works on meanwhile.
_WORKING: Final = frozenset({"AVAILABLE", "UPDATING"})


@dataclass(frozen=True)
class FileSystem:
    """What describes it: FSx API reference, FileSystem."""

    id: str
    described: dict[str, Any]

    @property
    def dns_name(self) -> str:
        """The name that nodes mount."""
        return str(self.described.get("DNSName", ""))

    @property
    def mount_name(self) -> str:
        """The file system's own name at that address; eight generated characters for most."""
        return str(self.described.get("LustreConfiguration", {}).get("MountName", ""))

    @property
    def lifecycle(self) -> str:
        """How it is: CREATING, AVAILABLE and so on."""
        return str(self.described.get("Lifecycle", ""))

    def faults(self) -> Iterator[str]:
        """Why nothing of it can be linked, a sentence each."""
        kind = self.described["FileSystemType"]
        if kind != "LUSTRE":
            yield f"is of type {kind}, and only LUSTRE file systems link to buckets. Name another"
            return
        if self.lifecycle not in _WORKING:
            yield f"is {self.lifecycle}. Mend it, or wait until it is AVAILABLE, then replay"
        lustre = self.described.get("LustreConfiguration", {})
        # FSx API reference, DataRepositoryAssociation.
        if self.described.get("StorageType") == "INTELLIGENT_TIERING":
            yield "is of storage class Intelligent-Tiering, which links to no buckets. Name another"
        # FSx for Lustre user guide, "Linking your file system to an S3 bucket".
        if lustre.get("DeploymentType") == "SCRATCH_1" or self.described.get("FileSystemTypeVersion") == "2.10":
            yield "is of deployment type SCRATCH_1 or of version 2.10, which link to no buckets. Name another"

    @property
    def backup_days(self) -> int:
        """For how many days automatic backups are kept; 0 where there are none."""
        return int(self.described.get("LustreConfiguration", {}).get("AutomaticBackupRetentionDays", 0))

    def zone_fault(self, context: Context) -> str | None:
        """Why nodes would reach it across Availability Zones only; the subnets tell where both are."""
        nodes = _subnets(context)
        own = set(self.described.get("SubnetIds", []))
        zones = {
            subnet["SubnetId"]: str(subnet["AvailabilityZone"])
            for subnet in context.accounts.client("ec2").describe_subnets(SubnetIds=sorted(nodes | own))["Subnets"]
        }
        here, there = {zones[subnet] for subnet in own}, {zones[subnet] for subnet in nodes}
        if here & there:
            return None
        return (
            f"is in {', '.join(sorted(here))}, and the cluster's nodes are in {', '.join(sorted(there))}. Name a file "
            "system in an Availability Zone of the nodes"
        )


def described(context: Context, file_system: str) -> FileSystem | None:
    """The file system, or None where the cluster's account and Region have none of that id."""
    return context.readings.once(("file system", file_system), lambda: _described(context, file_system))


def associations(context: Context, file_system: str) -> tuple[dict[str, Any], ...]:
    """All data repository associations of a file system, whoever made them; none where it is gone."""
    return context.readings.once(("associations", file_system), lambda: tuple(_associations(context, file_system)))


def _described(context: Context, file_system: str) -> FileSystem | None:
    try:
        found = context.accounts.client("fsx").describe_file_systems(FileSystemIds=[file_system])["FileSystems"]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return FileSystem(file_system, found[0]) if found else None


def _associations(context: Context, file_system: str) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {"Filters": [{"Name": "file-system-id", "Values": [file_system]}]}
    while True:
        try:
            # botocore has no paginator for it.
            page = context.accounts.client("fsx").describe_data_repository_associations(**asked)
        except ClientError as error:
            if is_missing(error):
                return
            raise
        yield from page["Associations"]
        if not page.get("NextToken"):
            return
        asked["NextToken"] = page["NextToken"]


def _subnets(context: Context) -> set[str]:
    """The subnets of the cluster's nodes: each group's own, else the cluster's."""
    cluster = context.accounts.client("sagemaker").describe_cluster(ClusterName=context.settings.hyperpod_cluster_arn)
    whole = cluster.get("VpcConfig", {}).get("Subnets", [])
    groups = cluster.get("InstanceGroups", [])
    return {subnet for group in groups for subnet in group.get("OverrideVpcConfig", {}).get("Subnets", whole)} or set(
        whole
    )
