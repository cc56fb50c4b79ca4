"""What an operation needs: actions on resources, with the condition keys that the service would supply."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.gateway.caller import tags_dict

Keys = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Need:
    """One action on one resource."""

    action: str
    resource: str
    context: Keys = field(default_factory=dict)
    delegated: bool = False
    """A bucket reached through an access point: of another account's caller only the bucket's policy is asked."""


@dataclass(frozen=True)
class Target:
    """An operation as it was called."""

    service: str
    operation: str
    account: str
    region: str
    parameters: Mapping[str, Any]
    access_point: str | None = None
    """ARN of the access point through which a bucket is reached."""
    transitive_tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the caller's session that go along to a session that it asks for."""
    source_identity: str = ""
    """The caller's own, which goes along too."""

    def __getitem__(self, parameter: str) -> Any:
        return self.parameters.get(parameter) or ""

    def arn(self, name: str, service: str | None = None) -> str:
        """An ARN of the call's account and Region, unless `name` is one already."""
        return (
            name
            if name.startswith("arn:")
            else f"arn:aws:{service or self.service}:{self.region}:{self.account}:{name}"
        )


Resource = Callable[[Target], str]
Context = Callable[[Target], Mapping[str, object]]
Row = Callable[[Target], list[Need]]


def row(resource: Resource, *context: Context, action: str | None = None) -> Row:
    """The ordinary operation: one action, by default of its own name, on one resource."""

    def needs(target: Target) -> list[Need]:
        keys = {key: value for part in context for key, value in keys_of(part(target)).items()}
        return [Need(action or f"{target.service}:{target.operation}", resource(target), keys)]

    return needs


def both(*rows: Row) -> Row:
    """An operation that needs several permissions."""
    return lambda target: [need for each in rows for need in each(target)]


def when(asked: Callable[[Target], object], needed: Row) -> Row:
    """A permission that is needed only for some requests."""
    return lambda target: needed(target) if asked(target) else []


def keys_of(values: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Condition keys from plain values; what is empty is not supplied."""
    return {
        key: tuple(map(str, value)) if isinstance(value, list | tuple) else (_text(value),)
        for key, value in values.items()
        if value not in (None, "", [], ())
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def request_tags(target: Target) -> dict[str, object]:
    """aws:RequestTag/… and aws:TagKeys, however the operation spells its tags."""
    given = target["Tags"] or target["tags"]
    tags = tags_dict(given) if given else {}
    names = list(tags) or list(target["TagKeys"] or target["tagKeys"] or [])
    return {**{f"aws:RequestTag/{key}": value for key, value in tags.items()}, "aws:TagKeys": names}
