"""RBAC rules: what one allows, and whether some cover another."""

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.cluster.api.kinds import KubernetesObject


@dataclass(frozen=True)
class Attributes:
    """What somebody wants to do. `resource` has its subresource ("pods/log"); `path` is for what is no resource."""

    verb: str
    group: str = ""
    resource: str = ""
    namespace: str | None = None
    name: str | None = None
    path: str | None = None


@dataclass(frozen=True)
class Rule:
    """One rule of a role."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @classmethod
    def read(cls, rule: KubernetesObject) -> "Rule":
        """A rule as a Role holds it."""
        fields = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
        return cls(*(tuple(rule.get(field) or ()) for field in fields))

    def written(self) -> KubernetesObject:
        """The rule as a Role holds it."""
        pairs = {
            "verbs": self.verbs,
            "apiGroups": self.groups,
            "resources": self.resources,
            "resourceNames": self.names,
            "nonResourceURLs": self.paths,
        }
        return {field: list(values) for field, values in pairs.items() if values}

    def allows(self, wanted: Attributes) -> bool:
        """Whether this rule alone allows it."""
        if not _has(self.verbs, wanted.verb):
            return False
        if wanted.path is not None:
            return any(_path_matches(pattern, wanted.path) for pattern in self.paths)
        return (
            _has(self.groups, wanted.group)
            and _has_resource(self.resources, wanted.resource)
            and (not self.names or wanted.name in self.names)
        )

    def _covers(self, single: "Rule") -> bool:
        """Whether it covers a rule of one verb and one resource or path."""
        if not _has(self.verbs, single.verbs[0]):
            return False
        if single.paths:
            return any(_path_matches(pattern, single.paths[0]) for pattern in self.paths)
        named = not self.names or (bool(single.names) and single.names[0] in self.names)
        return _has(self.groups, single.groups[0]) and _has_resource(self.resources, single.resources[0]) and named

    def _singles(self) -> Iterable["Rule"]:
        for verb, path in itertools.product(self.verbs, self.paths):
            yield Rule((verb,), paths=(path,))
        names: Sequence[tuple[str, ...]] = [(name,) for name in self.names] or [()]
        for group, resource, name, verb in itertools.product(self.groups, self.resources, names, self.verbs):
            yield Rule((verb,), (group,), (resource,), name)

    def __str__(self) -> str:
        parts = {
            "APIGroups": self.groups,
            "NonResourceURLs": self.paths,
            "Resources": self.resources,
            "ResourceNames": self.names,
            "Verbs": self.verbs,
        }
        return "{" + ", ".join(f"{name}:{quoted(values)}" for name, values in parts.items() if values) + "}"


def uncovered(held: Sequence[Rule], wanted: Iterable[Rule]) -> list[Rule]:
    """The part of `wanted` that `held` does not allow, one rule a resource."""
    verbs: dict[Rule, list[str]] = {}
    for rule in wanted:
        for single in rule._singles():
            if not any(own._covers(single) for own in held):
                target = Rule((), single.groups, single.resources, single.names, single.paths)
                verbs.setdefault(target, []).extend(single.verbs)
    missing = [Rule(tuple(sorted(set(v))), t.groups, t.resources, t.names, t.paths) for t, v in verbs.items()]
    return sorted(missing, key=str)


def quoted(values: Sequence[str]) -> str:
    """A list of strings as the API server prints it."""
    return "[" + " ".join(json.dumps(value) for value in values) + "]"


def _has(values: Sequence[str], value: str) -> bool:
    return "*" in values or value in values


def _has_resource(values: Sequence[str], resource: str) -> bool:
    _, _, subresource = resource.partition("/")
    return _has(values, resource) or (bool(subresource) and f"*/{subresource}" in values)


def _path_matches(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern[:-1]))
