"""FSx for Lustre."""

from moto.fsx.models import fsx_backends

from sandbox.aws.fsx.associations import held_by
from sandbox.aws.fsx.link_role import SERVICE, link_role_arn, link_role_exists
from sandbox.aws.policies.needs import Row, Target, both, request_tags, row, when
from sandbox.runtime.call_log import Need

NEW = "dra-00000000000000000"
"""Stands for the id of an association that is being made."""


def _file_system(target: Target) -> str:
    return target.arn(f"file-system/{target['FileSystemId']}")


def _new_link(target: Target) -> str:
    return target.arn(f"association/{target['FileSystemId']}/{NEW}")


def _link(target: Target) -> str:
    identity, links = str(target["AssociationId"]), held_by(fsx_backends[target.account][target.region]).links
    unknown = target.arn(f"association/fs-00000000000000000/{identity}")
    return next((link.arn for link in links if link.id == identity), unknown)


def _link_role(target: Target) -> list[Need]:
    """With the first link of a file system FSx makes and fills its service-linked role in the caller's name."""
    if link_role_exists(target.account, target["FileSystemId"]):
        return []
    role = link_role_arn(target.account, target["FileSystemId"])
    return [
        Need("iam:CreateServiceLinkedRole", role, {"iam:AWSServiceName": (SERVICE,)}),
        Need("iam:AttachRolePolicy", role),
        Need("iam:PutRolePolicy", role),
    ]


def _everything(target: Target) -> str:
    return "*"


ROWS: dict[tuple[str, str], Row] = {
    ("fsx", "DescribeFileSystems"): row(_everything),
    ("fsx", "DescribeDataRepositoryAssociations"): row(_everything),
    ("fsx", "CreateDataRepositoryAssociation"): both(
        row(_file_system, request_tags),
        row(_new_link, request_tags),
        when(lambda target: target["Tags"], row(_new_link, request_tags, action="fsx:TagResource")),
        _link_role,
    ),
    ("fsx", "UpdateDataRepositoryAssociation"): row(_link),
    ("fsx", "DeleteDataRepositoryAssociation"): row(_link),
}
