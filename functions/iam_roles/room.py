"""Whether policies fit: IAM limits a role's trust, and its inline policies together."""

from collections.abc import Iterator
from typing import Any, Final

from iam_roles import policies
from onboarding import names, policy
from onboarding.policy import Document
from onboarding.settings import Settings

INLINE_POLICY_LIMIT: Final = 10_240
"""All inline policies of a role together, white space not counted (IAM user guide, "IAM and AWS STS quotas")."""

TRUST_POLICY_LIMIT: Final = 2_048
"""The trust policy of a role, likewise, unless the account's quota was raised, which is not known."""


def size(document: Document) -> int:
    """In characters, as IAM counts them."""
    return len("".join(policy.text(document).split()))


def missing_room(iam: Any, role: str, team: str, settings: Settings) -> str | None:
    """Why the role cannot take the team's policy, in numbers; None where it can, or has it already.

    Policies of this stack's names are alike but for the team, so their sizes follow from their names; only others are
    read. That keeps the reads of a plan the same however many teams share the role. Raises botocore's ClientError.
    """
    pages = iam.get_paginator("list_role_policies").paginate(RoleName=role)
    found = [name for page in pages for name in page["PolicyNames"]]
    own = names.cluster_access_role(settings.prefix, team)
    if own in found:
        return None
    taken = sum(_sizes(iam, role, found, settings))
    needed = _size_of_ours(own, settings)
    if taken + needed <= INLINE_POLICY_LIMIT:
        return None
    return (
        f"its inline policies have {taken:,} characters, and {needed:,} more would be above IAM's "
        f"{INLINE_POLICY_LIMIT:,} for a role. Name another DataScientistRole, or take policies away from this one"
    )


def _sizes(iam: Any, role: str, found: list[str], settings: Settings) -> Iterator[int]:
    for name in found:
        if name.startswith(names.cluster_access_role(settings.prefix, "")):
            yield _size_of_ours(name, settings)
        else:
            yield size(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])


def _size_of_ours(name: str, settings: Settings) -> int:
    return size(policies.assume_cluster_access(settings.role_arn(name)))
