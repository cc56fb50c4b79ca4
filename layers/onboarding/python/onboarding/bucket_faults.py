"""What an owner has in a bucket's policy that keeps S3 from taking any change of it."""

import re
from collections.abc import Iterator
from typing import Any, Final

from onboarding.policy import Document

# S3 shows a deleted role or user by its unique id, and takes no policy that names one (S3 user guide, "Principals for
# bucket policies"; IAM user guide, "Unique identifiers").
_UNIQUE_ID: Final = re.compile(r"A(?:RO|ID)A[A-Z0-9]+")


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
    statements = document.get("Statement", [])
    for number, statement in enumerate(statements, 1):
        ids = [name for element in ("Principal", "NotPrincipal") for name in _named(statement.get(element))]
        dead = sorted({name for name in ids if _UNIQUE_ID.fullmatch(name)})
        if dead:
            yield statement.get("Sid") or f"{number} of {len(statements)}", dead


def _named(element: Any) -> list[str]:
    names = element.get("AWS", []) if isinstance(element, dict) else []
    return names if isinstance(names, list) else [names]
