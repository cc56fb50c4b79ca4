"""What the folder of a service has for the rest; `services.py` lists them all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moto.kms.models import Grant

from sandbox.aws.policies.needs import Row
from sandbox.aws.policies.policy import Statement


@dataclass(frozen=True)
class ResourcePolicy:
    """What a resource says about who may use it."""

    statements: Sequence[Statement] = ()
    decisive: bool = False
    """Whether nobody gets in that it does not let in, of its own account neither (trust and key policies)."""
    grants: Sequence[Grant] = field(default=())


PolicyOn = Callable[[str, str], ResourcePolicy | None]
"""Action, without its prefix, and ARN to the policy of that resource; none for one that can have none."""

TagsOf = Callable[[str, str, str], dict[str, str]]
"""ARN, and the account and Region in it, to the tags of that resource; none where there is no such resource."""


def _nothing(account: str, region: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Service:
    """An AWS service, or a few, as far as the sandbox plays it. What is left out moto does alone, or it has none."""

    rows: Mapping[tuple[str, str], Row]
    """Prefix of its actions and operation to the permissions that the operation takes; all others are refused."""
    policies: Mapping[str, PolicyOn] = field(default_factory=dict)
    """Prefix of actions to the policies that resources carry."""
    tags: Mapping[tuple[str, str], TagsOf] = field(default_factory=dict)
    """Service and kind of a resource, as in ARNs, to its tags; only those that policies look at."""
    install: Callable[[], None] = lambda: None
    """Puts into moto what it lacks of the service, by the patches of the installation in force."""
    snapshot: Callable[[str, str], dict[str, Any]] = _nothing
    """Account and Region to what there is, comparable: no generated ids, no times; each part by a name of its own."""
