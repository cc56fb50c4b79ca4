"""FSx for Lustre as the sandbox plays it."""

from typing import Any

from moto.fsx.models import fsx_backends
from moto.fsx.responses import FSxResponse

from sandbox.aws.fsx import associations
from sandbox.aws.fsx.associations import held_by
from sandbox.aws.fsx.permissions import ROWS
from sandbox.aws.moto.operations import answer
from sandbox.aws.policies.needs import tags_dict
from sandbox.aws.service import Service


def _install() -> None:
    answer(FSxResponse, associations.HANDLERS, associations.refuse)


def _tags(arn: str, account: str, region: str) -> dict[str, str]:
    links = held_by(fsx_backends[account][region]).links
    return next((tags_dict(link.tags) for link in links if link.arn == arn), {})


def _snapshot(account: str, region: str) -> dict[str, Any]:
    return {
        "links": {
            f"{link.file_system} {link.path or '/'}": {
                "repository": link.repository,
                "lifecycle": link.lifecycle,
                "s3": link.s3,
                "tags": {tag["Key"]: tag["Value"] for tag in link.tags},
            }
            for link in held_by(fsx_backends[account][region]).links
        }
    }


SERVICE = Service(rows=ROWS, tags={("fsx", "association"): _tags}, install=_install, snapshot=_snapshot)
