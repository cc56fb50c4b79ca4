"""Reads every policy that the stack ships or generates, as it is deployed and with a team, by cfn-lint.

It knows the service authorization reference: each policy is put where CloudFormation would take it.
"""

import json
from collections.abc import Iterator
from typing import Any

from cfnlint.api import lint_all  # type: ignore[import-untyped]

Document = dict[str, Any]
Resource = dict[str, Any]


def resources(world: dict[str, Any]) -> Iterator[tuple[str, Resource]]:
    """Name and resource for every policy of a world."""
    for account in world.values():
        if "roles" not in account:
            continue
        for name, role in account["roles"].items():
            inline = [{"PolicyName": key, "PolicyDocument": document} for key, document in role["inline"].items()]
            yield name, of_type("IAM::Role", AssumeRolePolicyDocument=role["trust"], Policies=inline)
        for name, document in account["policies"].items():
            yield name, of_type("IAM::ManagedPolicy", PolicyDocument=document)
        for name, bucket in account["buckets"].items():
            if bucket["policy"]:
                yield name, of_type("S3::BucketPolicy", Bucket=name, PolicyDocument=bucket["policy"])
        for name, point in account["access points"].items():
            yield name, of_type("S3::AccessPoint", Bucket=point["bucket"], Policy=point["policy"])


def of_type(kind: str, **properties: Any) -> Resource:
    """A resource of CloudFormation."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def findings(*named: tuple[str, Resource]) -> list[str]:
    """What cfn-lint finds in them."""
    listed = {f"Resource{number}": resource for number, (_, resource) in enumerate(named)}
    names = {f"Resource{number}": name for number, (name, _) in enumerate(named)}
    found = lint_all(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": listed}))
    # Of what is informational, only whether a statement's resources fit its actions is about policies.
    kept = [match for match in found if match.rule.id[0] in "EW" or match.rule.id == "I3510"]
    return [f"{names.get(_logical_id(match), '?')}: {match.rule.id}: {match.message}" for match in kept]


def _logical_id(match: Any) -> str:
    return str(match.path[1]) if len(match.path) > 1 else ""
