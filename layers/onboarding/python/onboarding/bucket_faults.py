"""What an owner has in a bucket's policy that keeps S3 from taking any change of it."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from onboarding import policy
from onboarding.policy import Document

# S3 shows a deleted role or user by its unique id, and takes no policy that names one (S3 user guide, "Principals for
# bucket policies"; IAM user guide, "Unique identifiers").
_UNIQUE_ID: Final = re.compile(r"A(?:RO|ID)A[A-Z0-9]+")

LIMIT: Final = 20_480
"""Bytes of a policy (S3 user guide, "Adding a bucket policy by using the Amazon S3 console": 20 KB)."""


def text(document: Document) -> str:
    """A policy as S3 is given it: everything as it stands, in as few bytes as JSON takes."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def size(document: Document) -> int:
    """In bytes. S3 counts a form of its own, which may differ by a few (FogSecurity/aws-size, #38)."""
    return len(text(document).encode()) if document else 0


def short_of_room(found: Document, wanted: Document) -> str:
    """That a policy cannot grow so much, in numbers, and what to do."""
    more = size(wanted) - size(found)
    return (
        f"the bucket's policy has {size(found):,} bytes, and {more:,} more would be above the {LIMIT:,} that S3 takes. "
        "Take statements out of it, or merge some"
    )


def refused_principals(document: Document) -> str:
    """Which statements name principals that were deleted, and what to do; empty where none does."""
    named = "; ".join(f"statement {name} names {', '.join(ids)}" for name, ids in _dead(document))
    if not named:
        return ""
    return (
        f"the bucket's policy cannot be changed: {named}, and S3 refuses the whole policy for a principal that was "
        "deleted. Take it out of there"
    )


def policy_command(bucket: str) -> str:
    """The command by which an owner edits the policy of a bucket."""
    return (
        f"aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text > policy.json && "
        f"${{EDITOR:-vi}} policy.json && aws s3api put-bucket-policy --bucket {bucket} --policy file://policy.json"
    )


def _dead(document: Document) -> Iterator[tuple[str, list[str]]]:
    statements = policy.statements(document)
    for number, statement in enumerate(statements, 1):
        ids = [name for element in ("Principal", "NotPrincipal") for name in _named(statement.get(element))]
        dead = sorted({name for name in ids if _UNIQUE_ID.fullmatch(name)})
        if dead:
            yield statement.get("Sid") or f"{number} of {len(statements)}", dead


def _named(element: Any) -> list[str]:
    names = element.get("AWS", []) if isinstance(element, dict) else []
    return names if isinstance(names, list) else [names]
