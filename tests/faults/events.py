"""Events for property tests: right ones, broken ones and hostile ones."""

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from onboarding import principals, request, service_accounts

SAMPLE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "events" / "team-created.json").read_text())
DEPARTURE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "events" / "team-deleted.json").read_text())

HOSTILE = [
    "",
    " ",
    "\n",
    "\x00",
    "vision\n",
    "vision\u2028",
    "\x1b[31mred\x1b[0m",
    '{"level":"ERROR","message":"forged"}',
    'vision"}\n{"level":"ERROR","message":"forged',
    "{% $states.context.Execution.Id %}",
    "vision{% $string($steps) %}",
    "$states.input",
    "'&$string($steps)&'",
    "${RegistryTableName}",
    "../../../etc/passwd",
    "vision/../../kube-system",
    "vision?force=true#",
    "kube-system",
    "system:masters",
    "*",
    "arn:aws:iam::444455556666:role/*",
    "arn:aws:iam::444455556666:role/a b",
    'arn:aws:iam::444455556666:role/x"},{"AWS":"*"',
    "arn:aws:iam::444455556666:role/aws-service-role/x/Role",
    "arn:aws:iam::444455556666:root",
    "arn:aws:kms:us-west-2:777788889999:key/../alias/x",
    "bucket/*",
    "bucket,arn:aws:s3:::other",
    "xn--bucket",
    "data/*",
    "${aws:username}",
    "a//b",
    "/leading",
    "\uff56\uff49\uff53\uff49\uff4f\uff4e",
    "v\u0456sion",
    "🦊",
    "e\u0301quipe",
    "\u202enoisiv",
    "\ud800",
    "a" * 41,
    "-vision",
    "vision-",
    "A" * 100_000,
    "٣" * 12,
]

_text = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=80),
    st.text(st.characters(codec=None), max_size=20),
    st.from_regex(request.TEAM_PATTERN, fullmatch=True),
)
_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from([10**25, -1, 0, 2**63]), st.floats(), _text
)
anything = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4), max_leaves=12
)
"""Any JSON, and what only nearly is."""


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in a value, its own included."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = _replaced(value[path[0]], path[1:], new)
    return changed


FULL_DETAIL = {
    **SAMPLE["detail"],
    "serviceAccount": "trainer",
    "access": {
        "policy": "edit",
        "groups": ["research"],
        "rules": [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get"], "resourceNames": ["one"]}],
    },
    "dryRun": False,
}


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """A right event with one to four of its values replaced, fields added among them."""
    event: Any = copy.deepcopy(draw(st.sampled_from([{**SAMPLE, "detail": FULL_DETAIL}, FULL_DETAIL, DEPARTURE])))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(_places(event)))
        new = draw(anything)
        if draw(st.booleans()):
            target = event
            for part in path:
                target = target[part]
            new = {**target, draw(_text): new} if isinstance(target, dict) else new
        event = _replaced(event, path, new)
    return event


_bucket = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,40}[a-z0-9]", fullmatch=True)
_prefix = st.none() | st.from_regex(request.DATASET_PREFIX, fullmatch=True)
_account = st.from_regex(r"[0-9]{12}", fullmatch=True)


@st.composite
def _datasets(draw: st.DrawFn) -> dict[str, Any]:
    account, prefix = draw(_account), draw(_prefix)
    dataset = {"bucket": draw(_bucket), "accountId": account, "access": draw(st.sampled_from(["read", "read-write"]))}
    if prefix is not None:
        dataset["prefix"] = prefix
    if draw(st.booleans()):
        dataset["kmsKeyArn"] = f"arn:aws:kms:us-west-2:{account}:key/{draw(st.uuids())}"
    return dataset


def _scientists() -> st.SearchStrategy[dict[str, Any]]:
    """In one form or the other."""
    role = st.from_regex(principals.ROLE_ARN, fullmatch=True)
    named = {"permissionSet": st.from_regex(principals.PERMISSION_SET, fullmatch=True)}
    permission_set = st.fixed_dictionaries({**named, "accountId": st.sampled_from(["1" * 12, "2" * 12])})
    either = st.fixed_dictionaries({"roleArn": role}) | permission_set
    listed = st.fixed_dictionaries({"scientists": st.lists(either, min_size=1, max_size=3)})
    return st.fixed_dictionaries({"dataScientistRoleArn": role}) | listed


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, Any]:
    """The detail of an event that is right, or wrong in ways that only show when its parts come together."""
    rule = st.fixed_dictionaries(
        {
            "apiGroups": st.lists(st.sampled_from(["", "batch", "ray.io"]), min_size=1, max_size=2),
            "resources": st.lists(st.from_regex(request.RBAC_WORD, fullmatch=True), min_size=1, max_size=2),
            "verbs": st.lists(st.sampled_from(["get", "create", "bind"]), min_size=1, max_size=2),
        }
    )
    resource = st.fixed_dictionaries(
        {
            "instanceType": st.sampled_from(["ml.p5.48xlarge", "ml.g6.12xlarge", "ml.c5.large"]),
            "count": st.integers(0, 100),
        }
    )
    return {
        "team": draw(st.from_regex(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?", fullmatch=True)),
        **draw(_scientists()),
        "datasets": draw(st.lists(_datasets(), max_size=4)),
        "quota": {"resources": draw(st.lists(resource, min_size=1, max_size=2))},
        "serviceAccount": draw(st.from_regex(service_accounts.DNS_LABEL, fullmatch=True)),
        "access": {
            "groups": draw(st.lists(st.from_regex(request.GROUP, fullmatch=True), max_size=2)),
            "rules": draw(st.lists(rule, max_size=2)),
        },
    }
