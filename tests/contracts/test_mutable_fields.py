"""What somebody can change of a thing of ours: all of it is compared and mended, or left alone for a reason given here.

The fields are those of botocore's models, so that one which AWS adds is found.
"""

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import botocore.session
import pytest
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

from onboarding.resource import Resource
from tests.contracts.machines import ROOT

_MUTATES: Final = re.compile(r"(Add|Associate|Attach|Modify|Put|Set|Tag|Update)[A-Z]")


@dataclass(frozen=True)
class Kind:
    """A kind of resource in a service's model: by which members a call names it, and what becomes of all others."""

    service: str
    names: set[str]
    """Members of a request that tell which one is meant; every call that has them all may change it."""
    managed: dict[str, set[str]]
    """Operation and member, down to its leaves, to the fields of the state that hold it."""
    left: dict[str, str] = field(default_factory=dict)
    """Operation, or operation and member, to why it is not looked at."""
    others: str | None = None
    """Why no further operation is looked at, where what the members name is not ours."""
    never: set[str] = field(default_factory=lambda: {"clientRequestToken", "ClientRequestToken"})
    """Members that are no property of the thing."""


ROWS: Final = (
    "InstanceType",
    "Count",
    "Accelerators",
    "VCpu",
    "MemoryInGiB",
    "AcceleratorPartition.Type",
    "AcceleratorPartition.Count",
)
SHARING: Final = "UpdateComputeQuota.ComputeQuotaConfig.ResourceSharingConfig"
TAGS: Final = "Tags of others beside ours mean nothing to us; ours are looked at before all else."

KINDS: Final = {
    "role": Kind(
        "iam",
        {"RoleName"},
        managed={
            "UpdateAssumeRolePolicy.PolicyDocument": {"trust"},
            "PutRolePolicy.PolicyDocument": {"permissions"},
            "PutRolePermissionsBoundary.PermissionsBoundary": {"boundary"},
        },
        left={
            "PutRolePolicy.PolicyName": "Ours has one name. Policies of other names, and managed ones, are an "
            "administrator's of account A, who could change anything here.",
            "AttachRolePolicy": "As policies of other names.",
            "AddRoleToInstanceProfile": "The role trusts no EC2, so that an instance with it gets nothing.",
            "TagRole": TAGS,
            "UpdateRole.Description": "A text for people.",
            "UpdateRoleDescription": "A text for people.",
            "UpdateRole.MaxSessionDuration": "Who may assume the role may do so again; its sessions end with the role.",
        },
    ),
    "scientist-policy": Kind(
        "iam",
        {"RoleName"},
        managed={"PutRolePolicy.PolicyDocument": {"document"}},
        left={"PutRolePolicy.PolicyName": "Other policies of the role are B's."},
        others="The role is B's; of it ours is one policy.",
    ),
    "access-point": Kind(
        "s3control",
        {"AccountId", "Name"},
        managed={"PutAccessPointPolicy.Policy": {"policy"}},
        left={
            "PutAccessPointScope": "Only access points of directory buckets have scopes.",
            "PutAccessPointConfigurationForObjectLambda": "Object Lambda access points are another thing with a name.",
            "PutAccessPointPolicyForObjectLambda": "Object Lambda access points are another thing with a name.",
            "UpdateStorageLensGroup": "Storage Lens groups are another thing with a name.",
        },
    ),
    "delegation": Kind(
        "s3",
        {"Bucket"},
        managed={"PutBucketPolicy.Policy": {"statement"}},
        left={
            "PutBucketPolicy.ConfirmRemoveSelfBucketAccess": "Says how the call is meant.",
            "PutBucketPolicy.ContentMD5": "Says that the call is whole.",
            "PutBucketPolicy.ChecksumAlgorithm": "Says that the call is whole.",
            "PutBucketPolicy.ExpectedBucketOwner": "Says whom the call is meant for.",
        },
        others="The bucket is its owner's; of it ours is one statement.",
    ),
    "key-grant": Kind("kms", {"GrantId"}, managed={}),
    "access-entry": Kind(
        "eks",
        {"clusterName", "principalArn"},
        managed={
            "UpdateAccessEntry.kubernetesGroups": {"groups"},
            "UpdateAccessEntry.username": {"username"},
            "AssociateAccessPolicy.policyArn": {"policies"},
            "AssociateAccessPolicy.accessScope.type": {"policies"},
            "AssociateAccessPolicy.accessScope.namespaces": {"policies"},
        },
    ),
    "compute-quota": Kind(
        "sagemaker",
        {"ComputeQuotaId"},
        managed={
            **{f"UpdateComputeQuota.ComputeQuotaConfig.ComputeQuotaResources.{row}": {"config"} for row in ROWS},
            **{f"{SHARING}.AbsoluteBorrowLimits.{row}": {"config"} for row in ROWS},
            f"{SHARING}.Strategy": {"config"},
            f"{SHARING}.BorrowLimit": {"config"},
            "UpdateComputeQuota.ComputeQuotaConfig.PreemptTeamTasks": {"config"},
            "UpdateComputeQuota.ComputeQuotaTarget.FairShareWeight": {"weight"},
            "UpdateComputeQuota.ActivationState": {"enabled"},
            "UpdateComputeQuota.Description": {"description"},
        },
        left={
            "UpdateComputeQuota.ComputeQuotaTarget.TeamName": "The quota is found by its team.",
            "UpdateComputeQuota.TargetVersion": "Says which change the call follows.",
        },
    ),
    "pod-identity-association": Kind(
        "eks",
        {"clusterName", "associationId"},
        managed={
            "UpdatePodIdentityAssociation.roleArn": {"role_arn"},
            "UpdatePodIdentityAssociation.disableSessionTags": {"session_tags"},
            "UpdatePodIdentityAssociation.targetRoleArn": {"target_role_arn"},
            "UpdatePodIdentityAssociation.policy": {"policy"},
        },
    ),
    "data-repository-association": Kind(
        "fsx",
        {"AssociationId"},
        managed={
            "UpdateDataRepositoryAssociation.S3.AutoImportPolicy.Events": {"imports"},
            "UpdateDataRepositoryAssociation.S3.AutoExportPolicy.Events": {"exports"},
        },
        left={"UpdateDataRepositoryAssociation.ImportedFileChunkSize": "How files lie on disks: speed, and no access."},
    ),
}
KINDS["bucket-link"] = KINDS["delegation"]

UNKNOWN: Final = {
    "kubernetes-object": "its managed fields are all but metadata, and the secrets of a service account",
    "pod-security": "of the namespace ours are the labels that we set, all of which are compared",
    "volume": "all fields that we set are compared (fsx_storage.volume)",
    "probe-pod": "there only while it tries",
    "folder": "an attribute of the stack's own registry, all of which is compared (fsx_storage.folder)",
}
"""Kinds of which botocore knows no fields."""


def of_ours() -> dict[str, type[Resource[Any]]]:
    """Every kind of resource of every step."""
    apps = sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))
    steps = [getattr(importlib.import_module(f"{name}.app"), "STEP", None) for name in apps]
    return {kind.kind: kind for step in steps if step is not None for kind in step.kinds}


def leaves(shape: Shape | None, path: str, seen: tuple[str, ...] = ()) -> Iterator[str]:
    """The members of a request, each down to what has no parts, as operation.member.part."""
    if isinstance(shape, ListShape):
        yield from leaves(shape.member, path, seen)
    elif isinstance(shape, StructureShape) and shape.name not in seen:
        for name, member in shape.members.items():
            yield from leaves(member, f"{path}.{name}", (*seen, shape.name))
    else:
        yield path


@cache
def service_model(service: str) -> ServiceModel:
    """The service as botocore knows it."""
    model: ServiceModel = botocore.session.get_session().get_service_model(service)
    return model


def mutable(kind: Kind) -> set[str]:
    """What calls can set of such a thing: operation and member."""
    model = service_model(kind.service)
    found: set[str] = set()
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        if shape is None or not _MUTATES.match(name) or not kind.names <= shape.members.keys():
            continue
        for member, inner in shape.members.items():
            if member not in kind.names | kind.never:
                found.update(leaves(inner, f"{name}.{member}"))
    return found


def reason(kind: Kind, path: str) -> str | None:
    """Why this is not looked at."""
    operation = path.split(".", 1)[0]
    known = {name.split(".", 1)[0] for name in (*kind.managed, *kind.left)}
    return kind.left.get(path) or kind.left.get(operation) or (None if operation in known else kind.others)


def test_every_kind_of_resource_is_listed() -> None:
    assert of_ours().keys() == KINDS.keys() | UNKNOWN.keys()


@pytest.mark.parametrize("name", KINDS)
def test_whatever_can_be_changed_is_managed_or_left_for_a_reason(name: str) -> None:
    kind = KINDS[name]
    assert {path for path in mutable(kind) - kind.managed.keys() if not reason(kind, path)} == set()


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_listed_that_cannot_be_changed(name: str) -> None:
    kind, found = KINDS[name], mutable(KINDS[name])
    operations = {path.split(".", 1)[0] for path in found}
    assert kind.managed.keys() <= found
    assert kind.left.keys() <= found | operations
    assert not kind.managed.keys() & kind.left.keys()


@pytest.mark.parametrize("name", KINDS)
def test_what_is_managed_is_a_field_of_the_state(name: str) -> None:
    fields = set().union(*KINDS[name].managed.values())
    assert fields <= of_ours()[name].state.model_fields.keys()
