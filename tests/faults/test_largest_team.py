"""The largest team that an event may ask for, and the 256 KiB that Step Functions carries from state to state."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from iam_roles.policies import cluster_access_trust, data_access_permissions
from iam_roles.room import INLINE_POLICY_LIMIT, TRUST_POLICY_LIMIT
from onboarding import names, policy
from onboarding.connect import PRIORITY_CLASSES, connect
from onboarding.plan import Change
from onboarding.principals import MOST
from onboarding.request import RULES_LIMIT, TeamRequest
from onboarding.service_accounts import MOST as MOST_ACCOUNTS
from onboarding.service_accounts import MOST_USES
from sandbox.cloud import Cloud, Options, running
from sandbox.scenery import accounts
from tests.faults.test_bad_input import STEPS, refusal
from tests.unit.given import SETTINGS, context
from tests.workflow.teams import CHECKPOINTS, IMAGES, LABELS, outcome, problems_in

LIMIT = 256 * 1024
"""Bytes of a state's input, output or variable (Step Functions developer guide, "Quotas")."""

Detail = dict[str, Any]

SIZES: dict[str, int] = {}
"""The largest input, output and variables of each state, in bytes, by what and where."""


def rules(tag: str, count: int = 20) -> list[dict[str, Any]]:
    """As many rules as there may be, together as long as they may be."""
    verbs = ["create", "delete", "get", "list", "watch"]
    rule = {"apiGroups": ["kubeflow.org"], "resources": ["pytorchjobs"], "verbs": verbs}
    spare = RULES_LIMIT // count - len(json.dumps({**rule, "resourceNames": [""]}, separators=(",", ":")))
    # Names in pieces of 200 characters, each with its quotes and comma.
    whole, rest = divmod(spare, 203)
    lengths = [200] * whole + [max(1, rest - 3)]
    names = [
        [f"{tag}{n:02}{m:02}".ljust(length, "n")[:length] for m, length in enumerate(lengths)] for n in range(count)
    ]
    return [{**rule, "resourceNames": [name for name in some if name]} for some in names]


def quota(tag: str) -> dict[str, Any]:
    """Fifteen resources, and as many limits."""
    types = [f"ml.{tag}{n:02}.48xlarge" for n in range(15)]
    amounts = {"accelerators": 10_000_000, "vCpu": 9999999.5, "memoryInGiB": 9999999.5}
    limits = [{"instanceType": each, "accelerators": 10_000_000} for each in types]
    return {
        "resources": [{"instanceType": each, **amounts} for each in types],
        "sharing": {"strategy": "LendAndBorrow", "borrowLimit": 500, "absoluteBorrowLimits": limits},
        "description": tag.ljust(1024, "d"),
    }


def largest(tag: str, prefix_length: int) -> Detail:
    """A team with the most and the longest of everything; another tag, and nothing is the same."""
    datasets = [
        {
            "bucket": f"{tag}{n:02}-".ljust(63, "b"),
            "accountId": accounts.DATA_ACCOUNT,
            "prefix": f"{tag}{n:02}".ljust(prefix_length, "p"),
            "access": "read-write",
            "kmsKeyArn": f"arn:aws:kms:us-west-2:{accounts.DATA_ACCOUNT}:key/{tag}1111111-2222-4333-8444-{n:012}",
        }
        for n in range(20)
    ]
    return {
        "team": "t" * 40,
        "scientists": [
            {"roleArn": f"arn:aws:iam::{444455556666 + n}:role/{'p' * 90}/{f'{tag}{n}'.ljust(60, 'R')}"}
            for n in range(MOST)
        ],
        "datasets": datasets,
        "quota": quota(tag),
        "serviceAccount": tag.ljust(63, "s"),
        "access": {"groups": [f"{tag}{n}".ljust(128, "g") for n in range(10)], "rules": rules(tag)},
    }


def request(detail: Detail) -> TeamRequest:
    assert refusal(detail) is None
    return TeamRequest.model_validate(detail, strict=False)


@cache
def longest_prefix() -> int:
    """The longest prefixes with which twenty datasets still fit into the policy of a role."""
    for length in range(60, 4, -1):
        team = request(largest("a", length))
        permissions = data_access_permissions(team, team.pod_accounts[0], SETTINGS)
        assert permissions is not None
        if len(policy.text(permissions)) <= INLINE_POLICY_LIMIT:
            return length
    raise AssertionError("twenty datasets do not fit at all")


def plan(before: Detail | None, after: Detail | None) -> list[dict[str, Any]]:
    """The plan that brings the team from one to the other, as the state machine holds it."""
    steps = []
    for step in STEPS:
        states: list[dict[str, tuple[Any, Any]]] = []
        for detail in (before, after):
            wanted = request(detail) if detail else None
            pairs = step.desired(wanted, context(wanted.team)) if wanted else ()
            states.append({resource.address: (resource, state) for resource, state in pairs})
        old, new = states
        changes = [_change(new.get(key) or old[key], old.get(key), new.get(key)) for key in {**new, **old}]
        arn = f"arn:aws:lambda:us-west-2:111122223333:function:{accounts.STACK}-{step.name}"
        steps.append({"step": step.name, "function": arn, "changes": changes, "problems": [], "warnings": []})
    return steps


def _change(found: tuple[Any, Any], old: tuple[Any, Any] | None, new: tuple[Any, Any] | None) -> dict[str, Any]:
    resource, _ = found
    before, after = (pair[1].model_dump(mode="json", exclude_defaults=True) if pair else None for pair in (old, new))
    same = before == after
    return Change(
        kind=resource.kind,
        identity=resource.identity(),
        address=resource.address,
        before=before,
        after=None if same else after,
        same=same,
    ).record()


def told(detail: Detail) -> dict[str, Any]:
    """What the team's people are told, with as many priority classes as a policy may have."""
    classes = [names.priority_class("c" * 40)] * 10
    return {**connect(request(detail), SETTINGS), PRIORITY_CLASSES: classes}


def as_text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def several(detail: Detail, tag: str) -> Detail:
    """The same with the most service accounts, and as many datasets as they may use together."""
    datasets = detail["datasets"][:MOST_USES]
    uses = [{"dataset": f"{each['bucket']}/{each['prefix']}", "access": "read-write"} for each in datasets]
    named = {
        "serviceAccounts": [
            {
                "name": f"{tag}{n}".ljust(63, "s"),
                "datasets": uses[n::MOST_ACCOUNTS],
                "imagePullSecrets": [f"{tag}{m}".ljust(63, "p") for m in range(5)],
            }
            for n in range(MOST_ACCOUNTS)
        ]
    }
    return {
        **{name: value for name, value in detail.items() if name != "serviceAccount"},
        **named,
        "datasets": datasets,
    }


@pytest.mark.parametrize("change", ["comes", "goes", "becomes another"])
def test_the_record_of_the_largest_team_of_several_service_accounts_fits_when_it(change: str) -> None:
    one, other = (several(largest(tag, longest_prefix()), tag) for tag in ("a", "b"))
    before, after = {"comes": (None, one), "goes": (one, None), "becomes another": (one, other)}[change]
    active = request(before or one).model_dump(mode="json", by_alias=True, exclude_none=True)
    item = {
        "plan": {"S": as_text(plan(before, after))},
        "active": {"S": as_text(active)},
        "connect": {"S": as_text(told(before or one))},
        "status": {"S": "onboarding"},
    }
    size = len(as_text({"Attributes": item}))
    print(f"{change}: {size:,} of {LIMIT:,} bytes")  # noqa: T201  # the measured figure, for who asks with -s
    assert size + 4096 < LIMIT


@pytest.mark.parametrize("change", ["comes", "goes", "becomes another"])
def test_the_record_of_the_largest_team_fits_when_it(change: str) -> None:
    length = longest_prefix()
    one, other = largest("a", length), largest("b", length)
    trust = len(policy.text(cluster_access_trust(request(one), SETTINGS)))
    assert 0.98 * TRUST_POLICY_LIMIT < trust <= TRUST_POLICY_LIMIT
    before, after = {"comes": (None, one), "goes": (one, None), "becomes another": (one, other)}[change]
    # What unwinding reads: plan, request and what its people were told as strings in an item of the registry.
    active = request(before or one).model_dump(mode="json", by_alias=True, exclude_none=True)
    item = {
        "plan": {"S": as_text(plan(before, after))},
        "active": {"S": as_text(active)},
        "connect": {"S": as_text(told(before or one))},
        "status": {"S": "onboarding"},
    }
    size = len(as_text({"Attributes": item}))
    print(f"{change}: {size:,} of {LIMIT:,} bytes")  # noqa: T201  # the measured figure, for who asks with -s
    assert size + 4096 < LIMIT


@pytest.mark.parametrize("change", ["comes", "becomes another"])
def test_the_announcement_of_the_largest_team_fits_when_it(change: str) -> None:
    length = longest_prefix()
    one, other = largest("a", length), largest("b", length)
    before, after = {"comes": (None, one), "becomes another": (one, other)}[change]
    steps = plan(before, after)
    made = [
        {"resource": each["address"], "action": "created"}
        for step in steps
        for each in step["changes"]
        if not each.get("same")
    ]
    said = {"team": after["team"], "execution": "e" * 200, "changes": made, "warnings": [], "probe": None}
    detail = len(as_text({**said, "connect": told(after)}))
    output = len(as_text({**said, "plan": steps, "connect": told(after)}))
    print(f"{change}: {detail:,} and {output:,} of {LIMIT:,} bytes")  # noqa: T201  # as above
    # A text in a text: EventBridge takes the detail as one, and counts it so.
    assert len(as_text([{"Detail": as_text({**said, "connect": told(after)})}])) + 16_384 < LIMIT
    assert output < LIMIT


def test_more_rules_than_a_plan_takes_are_refused() -> None:
    detail = largest("a", 10)
    long = {"apiGroups": ["kubeflow.org"], "resources": ["r" * 253] * 4, "verbs": ["get"]}
    detail["access"]["rules"] = [long] * 20
    assert "detail.access.rules: together they have" in str(refusal(detail))
    detail["access"]["rules"] = [{**long, "resources": ["pods"] * 20, "verbs": ["get"] * 20}] * 2
    assert "verbs on resources, and 500 can be checked" in str(refusal(detail))


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """A cloud that measures what its executions carry."""

    def measure(_: str, event: dict[str, Any]) -> None:
        for kind, details in event.items():
            if isinstance(details, dict):
                for field in ("input", "output", "assignedVariables", "parameters"):
                    # A variable has the limit for itself.
                    values = details.get(field)
                    for value in values.values() if isinstance(values, dict) else [values]:
                        size = len(value.encode() if isinstance(value, str) else as_text(value).encode())
                        SIZES[f"{kind} {field}"] = max(size, SIZES.get(f"{kind} {field}", 0))

    with running(Options(on_history=measure)) as started:
        yield started


def test_a_large_team_comes_and_changes_within_the_limit(cloud: Cloud) -> None:
    """Twenty datasets in the three buckets that there are, and twenty rules."""
    for tag in ("a", "b"):
        datasets = [
            {**(IMAGES, LABELS, CHECKPOINTS)[n % 3], "prefix": f"{tag}{n:02}".ljust(30, "p"), "access": "read-write"}
            for n in range(20)
        ]
        resources = [{"instanceType": "ml.p5.48xlarge", "accelerators": 8, "vCpu": 4.5}]
        wish = {
            "team": "l" * 40,
            "dataScientistRoleArn": f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:role/DataScientistRole",
            "datasets": datasets,
            "quota": {"resources": resources, "fairShareWeight": ord(tag) % 10},
            "access": {"rules": rules(tag)},
        }
        assert outcome(cloud.onboard(wish)) == "onboarded"
    assert SIZES
    print(dict(sorted(SIZES.items(), key=lambda item: -item[1])[:6]))  # noqa: T201  # as above
    assert max(SIZES.values()) < LIMIT


def test_all_that_can_be_wrong_with_the_largest_team_fits_into_the_answer_of_a_dry_run(cloud: Cloud) -> None:
    """No dataset is shared, none is there, and none of the instances is in the cluster."""
    SIZES.clear()
    detail = largest("a", longest_prefix())
    folders = [
        {
            "name": f"f{number}".ljust(63, "n"),
            "dataset": f"{dataset['bucket']}/{dataset['prefix']}",
            "path": f"/teams/{detail['team']}/{number}",
            "exportPolicy": ["NEW"],
        }
        for number, dataset in enumerate(detail["datasets"][:8])
    ]
    wish = {**detail, "storage": folders, "dryRun": True}
    execution = cloud.onboard(wish)
    assert outcome(execution) == "problems found"
    assert len(problems_in(execution)) > 20 + 15 + 8
    # A sweep gets both back from the execution that it starts.
    both = len(as_text(execution.output)) + len(as_text(request(wish).model_dump(mode="json", by_alias=True)))
    print(f"{both:,} of {LIMIT:,} bytes")  # noqa: T201  # as above
    assert both + 4096 < LIMIT
    assert max(SIZES.values()) < LIMIT
