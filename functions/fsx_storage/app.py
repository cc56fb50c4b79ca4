"""FSx storage: folders of a shared file system that are linked to the team's datasets, and mounted by its pods."""

from collections.abc import Iterator
from typing import Any

from fsx_storage import file_system, mounting
from fsx_storage.association import KEEP, REMOVE, Association, AssociationState, path_of
from fsx_storage.bucket_link import BucketLink, BucketLinkState, link_statement
from fsx_storage.file_system import FileSystem
from fsx_storage.folder import Folder, FolderState
from fsx_storage.folder_rules import dataset_of, file_system_of, folder_faults, is_made_by_us, repository
from fsx_storage.volume import DRIVER, DRIVER_PATH, Volume
from onboarding import bucket_statement, names, sharing
from onboarding.cluster import cluster_of
from onboarding.key_grant import KeyGrant, KeyGrantState
from onboarding.member_role import member_role_finding
from onboarding.plan import Desired, Finding, Planned, Step
from onboarding.request import Dataset, TeamRequest
from onboarding.resource import Context, Resource
from onboarding.step import handler_of
from onboarding.storage import MOST, overlap

# What FSx does with a key when it reads and writes objects (FSx for Lustre user guide, "Working with server-side
# encrypted Amazon S3 buckets"), as grants name it.
_READ_KEY = ["Decrypt", "DescribeKey"]
_WRITE_KEY = ["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey"]


def desired(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """The buckets let the file system in, the folders are remembered and linked, the keys let it read, and pods mount
    the folders.

    A grant names a role that exists, and FSx makes the role with the file system's first link: so links come first.
    What is in a bucket is only listed then; it is read, and so decrypted, when a pod opens a file.
    """
    return _resources(request, context, _described(request, context))


def had(request: TeamRequest, context: Context) -> Iterator[Resource[Any]]:
    """The same resources, whatever has become of the file systems, and whether or not anybody may look at them."""
    return (resource for resource, _ in _resources(request, context, {}))


def _resources(request: TeamRequest, context: Context, found: dict[str, FileSystem | None]) -> Iterator[Desired]:
    settings = context.settings
    for storage in request.storage:
        dataset, system = dataset_of(request, storage), file_system_of(storage)
        sid = names.link_sid(settings.stack, settings.account, request.team, system, storage.folder)
        statement = link_statement(sid, dataset, system, exports=bool(storage.export_policy), settings=settings)
        yield BucketLink(dataset.account_id, dataset.bucket, sid), BucketLinkState(statement=statement)
        yield (
            Folder(settings.account, system, storage.folder),
            FolderState(
                team=request.team,
                account=request.scientists_account,
                # Where nothing was looked at, only what there is counts, not how it should be.
                made=bool(found) and is_made_by_us(system, storage.folder, context),
            ),
        )
        data = REMOVE if storage.delete_data else KEEP
        yield (
            Association(settings.account, system, storage.folder, data),
            AssociationState(
                repository=repository(dataset),
                imports=[*storage.import_policy],
                exports=[*storage.export_policy],
            ),
        )
    yield from _grants(request, context)
    namespace = names.namespace(request.team)
    for storage in request.storage:
        volume = names.volume(request.team, storage.name)
        # It may be gone.
        mounted = found.get(file_system_of(storage)) or FileSystem(file_system_of(storage), {})
        yield (
            Volume(settings.eks_cluster, namespace, storage.name, volume),
            mounting.wanted(storage, mounted, namespace, volume),
        )


def _grants(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """One grant for each key and file system, that covers what all the folders of it need."""
    settings = context.settings
    operations: dict[tuple[str, str, str], set[str]] = {}
    for storage in request.storage:
        dataset = dataset_of(request, storage)
        if dataset.kms_key_arn:
            use = operations.setdefault((dataset.account_id, dataset.kms_key_arn, file_system_of(storage)), set())
            use.update(_WRITE_KEY if storage.export_policy else _READ_KEY)
    for (owner, key, system), use in operations.items():
        name = names.storage_grant(settings.prefix, request.team, system)
        grantee = settings.role_arn(names.link_role(system))
        yield KeyGrant(owner, key, name, grantee), KeyGrantState(operations=sorted(use))


def check(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """Each folder's dataset shared by its owner; each file system one of the stack's, well, near the nodes; its folders
    free; and the driver there to mount them.

    That the buckets are in its Region is what s3_access_point finds out: both must be in the stack's.
    """
    if not request.storage:
        return
    if not context.settings.file_systems:
        yield Finding(
            id="FSX-NONE",
            resource="storage",
            reason="the stack offers no file systems. Name them in its parameter FileSystemArns, or leave storage out",
        )
        return
    for owner in sorted({dataset_of(request, storage).account_id for storage in request.storage}):
        reached = member_role_finding(
            context,
            owner,
            "s3",
            template="data",
            function="fsx-storage",
            lists="",
            parameter="StorageFunctionRoleArn",
        )
        if reached:
            yield reached
        if reached is None or reached.verdict == "met":
            yield from sharing.findings(owner, _used(owner, request), request, context)
    found = _described(request, context)
    for system, described in found.items():
        address = f"{context.settings.account} file system {system}"
        faults = [*_file_system_faults(system, described, context), *folder_faults(request, system, context)]
        state = described.lifecycle if described else "missing"
        for reason in faults:
            yield Finding(id="FSX-FILE-SYSTEM", resource=address, state=state, reason=reason)
        if not faults:
            yield Finding(id="FSX-FILE-SYSTEM", resource=address, state=state)
    yield _driver(context)


def advise(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """What a file system may come to lack, or may not like: a few links for all teams together, backups beside links,
    prefixes within each other.
    """
    for system, described in _described(request, context).items():
        yield from _backups(system, described, context)
        yield from _nested(request, system, context)
    for system in sorted({file_system_of(storage) for storage in request.storage}):
        wanted = {storage.folder for storage in request.storage if file_system_of(storage) == system}
        used = len(wanted | {path_of(one) for one in file_system.associations(context, system)})
        address, state = f"{context.settings.account} file system {system} links", f"{used} of {MOST}"
        if used < MOST:
            yield Finding(id="FSX-LINKS", resource=address, state=state)
        elif used == MOST:
            reason = "has none left for another team. Name another file system in the stack's parameter FileSystemArns"
            yield Finding(id="FSX-LINKS", resource=address, state=state, reason=reason, warning=True)


def forecast(planned: list[Planned], context: Context) -> Iterator[Finding]:
    """Whether the buckets take the statements; of a bucket that stays as it is s3_access_point warns."""
    return (finding for finding in bucket_statement.forecast(planned, context) if not finding.looming)


def _backups(system: str, described: FileSystem | None, context: Context) -> Iterator[Finding]:
    if described is not None and described.backup_days:
        # FSx for Lustre user guide, "Protecting your data with backups".
        yield Finding(
            id="FSX-BACKUPS",
            resource=f"{context.settings.account} file system {system} backups",
            state=f"kept for {described.backup_days} days",
            reason="is backed up automatically, which FSx does not support beside links: it may refuse the link",
            mend=f"aws fsx update-file-system --file-system-id {system} "
            "--lustre-configuration AutomaticBackupRetentionDays=0",
            warning=True,
        )


def _nested(request: TeamRequest, system: str, context: Context) -> Iterator[Finding]:
    """Datasets of which one lies in another that the same file system shows."""
    wanted = {
        each.folder: repository(dataset_of(request, each)) for each in request.storage if file_system_of(each) == system
    }
    there = {
        path_of(one): str(one["DataRepositoryPath"]).rstrip("/") for one in file_system.associations(context, system)
    }
    linked = {**there, **wanted}
    for path, asked in wanted.items():
        for other, shown in linked.items():
            # Two of the same request are told of once.
            if other == path or shown == asked or not overlap(asked, shown) or (other in wanted and other < path):
                continue
            yield Finding(
                id="FSX-NESTED",
                resource=f"{context.settings.account} file system {system} folder {path}",
                state=asked,
                reason=f"shows {asked}, and {other or '/'} shows {shown}: one lies in the other. FSx wants a "
                "prefix of its own for each link and may refuse this one; what one exports comes up in the other",
                warning=True,
            )


def _driver(context: Context) -> Finding:
    cluster = context.settings.eks_cluster
    address = f"cluster {cluster} CSI driver {DRIVER}"
    if cluster_of(context).get(DRIVER_PATH) is not None:
        return Finding(id="FSX-DRIVER", resource=address, state="installed")
    return Finding(
        id="FSX-DRIVER",
        resource=address,
        state="not installed",
        reason="is not installed, so nothing can mount a volume",
        mend=f"aws eks create-addon --cluster-name {cluster} --addon-name aws-fsx-csi-driver",
    )


def _file_system_faults(system: str, described: FileSystem | None, context: Context) -> Iterator[str]:
    if system not in context.settings.file_systems:
        yield f"is none of the stack's file systems, which are {', '.join(context.settings.file_systems)}. Name one"
        return
    if described is None:
        yield f"does not exist in {context.settings.region}. Correct the stack's parameter FileSystemArns"
        return
    faults = list(described.faults())
    yield from faults
    zone = described.zone_fault(context)
    if zone:
        yield zone


def _described(request: TeamRequest, context: Context) -> dict[str, FileSystem | None]:
    return {
        system: file_system.described(context, system)
        for system in dict.fromkeys(file_system_of(storage) for storage in request.storage)
    }


def _used(owner: str, request: TeamRequest) -> list[Dataset]:
    """What folders show of an owner, with the access that their links take: one that exports writes into the bucket."""
    wanted: dict[tuple[str, str | None], Dataset] = {}
    for storage in request.storage:
        dataset = dataset_of(request, storage)
        key, access = (dataset.bucket, dataset.prefix), "read-write" if storage.export_policy else "read"
        if dataset.account_id == owner and (key not in wanted or access == "read-write"):
            wanted[key] = dataset.model_copy(update={"access": access})
    return list(wanted.values())


STEP = Step(
    name="fsx_storage",
    kinds=(BucketLink, Folder, Association, KeyGrant, Volume),
    desired=desired,
    check=check,
    advise=advise,
    forecast=forecast,
    had=had,
)
handler = handler_of(STEP)
