"""FSx for Lustre: file systems as they are described, and their data repository associations."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.fsx.models import FileSystem, FSxBackend, fsx_backends
from moto.moto_api._internal import mock_random

from sandbox.aws.fsx.link_role import link_role_arn, link_role_exists, make_link_role
from sandbox.aws.moto.installation import current
from sandbox.aws.moto.operations import Call, Handler, error, page

MOST = 8
"""Associations of a file system (API reference, CreateDataRepositoryAssociation)."""

_REPOSITORY = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?")


@dataclass
class Link:
    """A data repository association, and how it goes on."""

    arn: str
    id: str
    file_system: str
    path: str
    given_path: str
    """The path as it was asked for, with a slash at its end or without, which is how it is answered."""
    repository: str
    s3: dict[str, Any]
    tags: list[dict[str, str]]
    lifecycle: str = "CREATING"
    failure: str | None = None
    next: float | None = None
    """The sandbox second of the coming transition."""
    created: datetime = field(default_factory=utcnow)
    data_removed: bool | None = None
    """What its deletion said of the data in the file system."""


@dataclass
class Held:
    """What moto's backend lacks; it lives and dies with it."""

    links: list[Link] = field(default_factory=list)
    removed: list[Link] = field(default_factory=list)
    """Those that are gone."""
    folders: set[tuple[str, str]] = field(default_factory=set)
    """File system and path of each folder that has been linked and whose files are still there."""
    lifecycles: dict[str, str] = field(default_factory=dict)
    """File system to its lifecycle, where that is not AVAILABLE."""
    tokens: dict[str, Link] = field(default_factory=dict)


def held_by(backend: FSxBackend) -> Held:
    """A backend's associations, as of now."""
    held: Held = vars(backend).setdefault("_held", Held())
    now = current().clock.now()
    for link in [link for link in held.links if link.next is not None and link.next <= now]:
        link.next = None
        if link.lifecycle == "DELETING":
            held.links.remove(link)
            held.removed.append(link)
            if link.data_removed:
                held.folders.discard((link.file_system, link.path))
        else:
            link.failure = _refusal(link, backend.account_id)
            link.lifecycle = "MISCONFIGURED" if link.failure else "AVAILABLE"
            held.folders.add((link.file_system, link.path))
    return held


def register_file_system(account: str, region: str, identity: str, subnet: str, mount_name: str) -> str:
    """Makes an AVAILABLE Lustre file system of that id. Returns its ARN."""
    backend = fsx_backends[account][region]
    made = backend.create_file_system(
        client_request_token="",
        file_system_type="LUSTRE",
        storage_capacity=4800,
        storage_type="SSD",
        subnet_ids=[subnet],
        security_group_ids=[],
        tags=None,
        kms_key_id=None,
        windows_configuration=None,
        lustre_configuration={
            "DeploymentType": "PERSISTENT_2",
            "MountName": mount_name,
            "PerUnitStorageThroughput": 250,
        },
        ontap_configuration=None,
        file_system_type_version="2.15",
        open_zfs_configuration=None,
    )
    del backend.file_systems[made.file_system_id]
    made.resource_arn = made.resource_arn.replace(made.file_system_id, identity)
    made.dns_name = made.dns_name.replace(made.file_system_id, identity)
    made.file_system_id = identity
    backend.file_systems[identity] = made
    return str(made.resource_arn)


def set_lifecycle(account: str, region: str, identity: str, lifecycle: str) -> None:
    """Plays a file system that is not AVAILABLE, or is again."""
    held_by(fsx_backends[account][region]).lifecycles[identity] = lifecycle


def describe_file_systems(call: Call) -> dict[str, Any]:
    """DescribeFileSystems: moto's, with lifecycle and version; one that is not there is an error."""
    backend = fsx_backends[call.account][call.region]
    wanted = call.params.get("FileSystemIds") or list(backend.file_systems)
    shown, token = page(
        [_file_system(call, name) for name in wanted],
        call.params.get("MaxResults", 2147),
        call.params.get("NextToken"),
        refuse,
    )
    lifecycles = held_by(backend).lifecycles
    return {
        "FileSystems": [
            {
                "FileSystemTypeVersion": "2.15",
                **one.to_dict(),
                "OwnerId": call.account,
                "Lifecycle": lifecycles.get(one.file_system_id, "AVAILABLE"),
            }
            for one in shown
        ],
        "NextToken": token,
    }


def create(call: Call) -> dict[str, Any]:
    """CreateDataRepositoryAssociation. The first of a file system makes its service-linked role."""
    params, held = call.params, held_by(fsx_backends[call.account][call.region])
    token = params.get("ClientRequestToken", "")
    if token in held.tokens:
        return {"Association": _shown(held.tokens[token])}
    system = _file_system(call, params["FileSystemId"])
    if system.file_system_type != "LUSTRE":
        raise error("UnsupportedOperation", "Data repository associations are supported for Lustre file systems only.")
    lustre = system.lustre_configuration or {}
    # API reference, DataRepositoryAssociation.
    if system.storage_type == "INTELLIGENT_TIERING" or lustre.get("DeploymentType") == "SCRATCH_1":
        raise error("UnsupportedOperation", "The file system does not support data repository associations.")
    doubtful = current().refuses_doubtful_links
    if doubtful and lustre.get("AutomaticBackupRetentionDays"):
        raise refuse("Automatic backups must be disabled on a file system with data repository associations.")
    path, repository = _folder(params.get("FileSystemPath", "/")), params["DataRepositoryPath"].rstrip("/")
    if not _REPOSITORY.fullmatch(repository):
        raise refuse(f"{params['DataRepositoryPath']} is not a path of the form s3://bucket/prefix.")
    if doubtful and (system.file_system_id, path) in held.folders:
        raise refuse(f"File system path {path} holds files already.")
    there = [link for link in held.links if link.file_system == system.file_system_id]
    for other in there:
        if _overlap(other.path, path):
            raise refuse(f"File system path {path or '/'} overlaps with that of {other.id}.")
        if other.repository == repository or (doubtful and _overlap(other.repository, repository)):
            raise refuse(f"Data repository path {repository} is used by {other.id} already.")
    if len(there) >= MOST:
        raise error(
            "ServiceLimitExceeded", f"A file system has at most {MOST} associations.", Limit="FILE_SYSTEM_COUNT"
        )
    identity = f"dra-{mock_random.get_random_hex(17)}"
    link = Link(
        arn=f"arn:aws:fsx:{call.region}:{call.account}:association/{system.file_system_id}/{identity}",
        id=identity,
        file_system=system.file_system_id,
        path=path,
        given_path=params.get("FileSystemPath", "/"),
        repository=repository,
        s3=params.get("S3", {}),
        tags=list(params.get("Tags", [])),
        next=_done(held, system.file_system_id),
    )
    make_link_role(call.account, system.file_system_id)
    held.links.append(link)
    if token:
        held.tokens[token] = link
    return {"Association": _shown(link)}


def _done(held: Held, file_system: str) -> float:
    """When what is asked for now is done: after all that waits for this file system already.

    Whoever has two made at once sees one fail (terraform-provider-aws #24678, where one after the other is what
    helps), so FSx is taken to make them one at a time.
    """
    waiting = [link.next for link in held.links if link.file_system == file_system and link.next is not None]
    return max([current().clock.now(), *waiting]) + current().delays.link


def describe(call: Call) -> dict[str, Any]:
    """DescribeDataRepositoryAssociations, by id or filtered by file system."""
    params, held = call.params, held_by(fsx_backends[call.account][call.region])
    known = {link.id for link in held.links}
    for identity in params.get("AssociationIds", []):
        if identity not in known:
            raise _not_found(identity)
    filters = {each["Name"]: each["Values"] for each in params.get("Filters", [])}
    matching = [
        _shown(link)
        for link in held.links
        if link.id in params.get("AssociationIds", [link.id])
        and link.file_system in filters.get("file-system-id", [link.file_system])
    ]
    shown, token = page(matching, params.get("MaxResults", 25), _unwrapped(params.get("NextToken")), refuse)
    return {"Associations": shown, "NextToken": _wrapped(token)}


def update(call: Call) -> dict[str, Any]:
    """UpdateDataRepositoryAssociation: the policies; access to the bucket is looked at anew."""
    link = _link(call)
    if link.lifecycle in ("CREATING", "DELETING"):
        raise refuse(f"Association {link.id} is {link.lifecycle}.")
    link.s3 = link.s3 | call.params.get("S3", {})
    link.lifecycle, link.failure = "UPDATING", None
    link.next = _done(held_by(fsx_backends[call.account][call.region]), link.file_system)
    return {"Association": _shown(link)}


def delete(call: Call) -> dict[str, Any]:
    """DeleteDataRepositoryAssociation: asked again it is the same."""
    link = _link(call)
    if link.lifecycle != "DELETING":
        link.lifecycle = "DELETING"
        link.data_removed = call.params.get("DeleteDataInFileSystem", False)
        link.next = _done(held_by(fsx_backends[call.account][call.region]), link.file_system)
    answer = {"AssociationId": link.id, "Lifecycle": link.lifecycle}
    return {**answer, "DeleteDataInFileSystem": link.data_removed}


HANDLERS: dict[str, Handler] = {
    "DescribeFileSystems": describe_file_systems,
    "CreateDataRepositoryAssociation": create,
    "DescribeDataRepositoryAssociations": describe,
    "UpdateDataRepositoryAssociation": update,
    "DeleteDataRepositoryAssociation": delete,
}


def refuse(message: str) -> ServiceException:
    """FSx's answer to a request that it does not like."""
    return error("BadRequest", message)


def _file_system(call: Call, name: str) -> FileSystem:
    found = fsx_backends[call.account][call.region].file_systems.get(name)
    if found is None:
        raise error("FileSystemNotFound", f"File system '{name}' does not exist.")
    return found


def _link(call: Call) -> Link:
    identity = call.params["AssociationId"]
    found = next((one for one in held_by(fsx_backends[call.account][call.region]).links if one.id == identity), None)
    if found is None:
        raise _not_found(identity)
    return found


def _not_found(identity: str) -> ServiceException:
    return error("DataRepositoryAssociationNotFound", f"Data repository association {identity} does not exist.")


def _shown(link: Link) -> dict[str, Any]:
    return {
        "AssociationId": link.id,
        "ResourceARN": link.arn,
        "FileSystemId": link.file_system,
        "Lifecycle": link.lifecycle,
        "FailureDetails": {"Message": link.failure} if link.failure else None,
        "FileSystemPath": link.given_path,
        "DataRepositoryPath": f"{link.repository}/",
        "S3": link.s3,
        "Tags": link.tags or None,
        "CreationTime": link.created,
    }


def _refusal(link: Link, account: str) -> str | None:
    """Why the file system's role does not reach the bucket as the link needs it."""
    where = _REPOSITORY.fullmatch(link.repository)
    if where is None or not link_role_exists(account, link.file_system):
        return "The file system's service-linked role is gone."
    bucket, objects = f"arn:aws:s3:::{where['bucket']}", f"{where['prefix'] or ''}/probe".lstrip("/")
    needs = [("s3:ListBucket", bucket), ("s3:GetObject", f"{bucket}/{objects}")]
    if link.s3.get("AutoImportPolicy", {}).get("Events"):
        needs.append(("s3:PutBucketNotification", bucket))
    if link.s3.get("AutoExportPolicy", {}).get("Events"):
        needs.append(("s3:PutObject", f"{bucket}/{objects}"))
    refused = [
        action for action, on in needs if current().why_not(link_role_arn(account, link.file_system), action, on)
    ]
    if not refused:
        return None
    return f"Amazon FSx cannot reach {link.repository}: {', '.join(refused)} is denied. Check the bucket's policy."


def _folder(path: str) -> str:
    return path.rstrip("/")


def _overlap(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _wrapped(token: str | None) -> str | None:
    # The model wants base64 of tokens: their length is a multiple of four.
    return token.rjust(4, "0") if token else None


def _unwrapped(token: str | None) -> str | None:
    return str(int(token)) if token and token.isdecimal() else token
