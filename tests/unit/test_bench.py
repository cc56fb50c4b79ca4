"""The bench: its tables are right for a log, a plan and times that were made up."""

import importlib
import math
from pathlib import Path
from typing import Any

import pytest

from proofs.bench import counts, onboarding, waiting
from proofs.bench.counts import Counts, counted
from proofs.bench.figures import Figure, Section, ratio
from proofs.bench.functions import functions, template
from proofs.bench.latencies import seconds
from proofs.bench.onboarding import Took, Turn
from proofs.bench.page import page, written
from proofs.bench.replay import writes_of
from proofs.bench.size import weight
from proofs.bench.waiting import Wait
from proofs.bench.work import WORK, created, critical_path, least_writes
from sandbox.aws.moto.installation import Delays
from sandbox.runtime.call_log import Call, Entry

ROLE = "arn:aws:iam::111122223333:role/hyperpod-onboarding-onboard-team"
DELAYS = Delays(quota=90, namespace=5, link=300, role_visible=10)


def call(service: str, operation: str, principal: str = ROLE, **parameters: Any) -> Call:
    return Call(service, operation, (), "111122223333", "us-west-2", principal, None, None, None, parameters)


def log(*calls: Call) -> list[Entry]:
    return [Entry(number, each, 200) for number, each in enumerate(calls, 1)]


def change(kind: str, bucket: str = "images", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "identity": {"bucket": bucket}, "after": {}, **more}


def plan(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"step": "one", "changes": list(changes)}]


LOG = log(
    call("dynamodb", "UpdateItem"),
    call("lambda", "Invoke"),
    call("sts", "AssumeRole"),
    call("iam", "GetRole"),
    call("iam", "CreateRole"),
    call("iam", "PutRolePolicy"),
    call("kubernetes", "get roles"),
    call("kubernetes", "create roles"),
    call("kubernetes", "create selfsubjectaccessreviews"),
    call("kubernetes", "create namespaces", principal="kubernetes-admin"),
    call("events", "PutEvents"),
    call("states", "DescribeExecution", principal="operator"),
)


def test_calls_are_counted_by_what_they_do_and_only_the_stacks() -> None:
    found = counted("a team", plan(change("role")), LOG, transitions=9)
    assert found == Counts("a team", 1, least=2, writes=3, records=2, reads=2, invocations=1, transitions=9)


def test_what_is_kept_updated_or_taken_away_is_not_created() -> None:
    kept = change("role", same=True)
    updated, deleted = change("role", before={}, after={}), {**change("role", before={"trust": {}}), "after": None}
    assert [each["kind"] for each in created(plan(kept, change("key-grant"), deleted))] == ["key-grant"]
    assert created(plan({**updated, "before": {"trust": {}}})) == []


def test_statements_of_one_bucket_take_one_write() -> None:
    statements = [change("delegation"), change("bucket-link"), change("bucket-link", bucket="labels")]
    assert least_writes([*statements, change("access-point")]) == 2 + 2


def test_the_critical_path_is_the_longest_chain_and_not_the_sum() -> None:
    role = [change("role")]
    entry = [*role, change("access-entry")]
    quota = [*entry, change("compute-quota"), change("kubernetes-object")]
    assert critical_path(role, DELAYS) == pytest.approx(seconds("iam") + 10)
    assert critical_path(entry, DELAYS) == pytest.approx(seconds("iam") + 10 + 2 * seconds("eks"))
    assert critical_path(quota, DELAYS) == pytest.approx(seconds("sagemaker") + 95 + seconds("kubernetes"))
    assert critical_path([], DELAYS) == 0


def test_a_call_that_rests_on_nothing_is_made_while_another_is_waited_for() -> None:
    points = [change("role"), change("access-point")]
    assert critical_path(points, DELAYS) == pytest.approx(seconds("iam") + 10 + seconds("s3"))


def test_links_of_one_file_system_are_waited_for_in_turn() -> None:
    links = [
        change("data-repository-association", identity={"file_system": system}) for system in ("fs-a", "fs-a", "fs-b")
    ]
    assert critical_path(links, DELAYS) == pytest.approx(seconds("fsx") + 2 * 300)


def test_every_kind_that_a_step_makes_has_its_work() -> None:
    apps = [importlib.import_module(function.module) for function in functions(template())]
    kinds = {kind.kind for app in apps if hasattr(app, "STEP") for kind in app.STEP.kinds}
    # A trial is never in a plan.
    assert kinds - {"probe-pod"} == set(WORK)


def test_writes_are_made_again_without_the_tokens_that_would_make_them_void() -> None:
    writes, left_out = writes_of(
        log(
            call("iam", "CreateRole", RoleName="one"),
            call("eks", "CreatePodIdentityAssociation", namespace="two", clientRequestToken="t"),
            call("s3", "PutBucketPolicy", Bucket="three"),
            call("s3", "CreateAccessPoint", Name="four"),
            call("kubernetes", "create roles"),
            call("iam", "GetRole", RoleName="one"),
        )
    )
    assert [(write.command, write.method) for write in writes] == [
        (("iam", "create-role"), "create_role"),
        (("eks", "create-pod-identity-association"), "create_pod_identity_association"),
        (("s3api", "put-bucket-policy"), "put_bucket_policy"),
        (("s3control", "create-access-point"), "create_access_point"),
    ]
    assert [write.parameters for write in writes][:2] == [{"RoleName": "one"}, {"namespace": "two"}]
    assert left_out == 1


def test_a_refused_write_is_not_made_again() -> None:
    refused = Entry(1, call("iam", "CreateRole"), 409, "EntityAlreadyExists")
    assert writes_of([refused]) == ([], 0)


@pytest.mark.parametrize(
    ("figure", "row"),
    [
        (Figure("calls", 1234), ["calls", "1,234", "", ""]),
        (Figure("size", 15.04, "MB", 15, digits=1), ["size", "15.0 MB", "≤ 15 MB", "**no**"]),
        (Figure("size", 15, "MB", 15), ["size", "15 MB", "≤ 15 MB", "yes"]),
        (ratio("time", 3, 2, 1.6), ["time", "1.50 times", "≤ 1.6 times", "yes"]),
        (ratio("speed", 30, 2, 16, at_least=True), ["speed", "15.00 times", "≥ 16 times", "**no**"]),
        (Figure("wait", math.inf, "times", 1.1), ["wait", "never", "≤ 1.1 times", "**no**"]),
    ],
    ids=["no goal", "missed by less than is shown", "just met", "a ratio", "a least", "never"],
)
def test_a_figure_says_whether_its_goal_is_met(figure: Figure, row: list[str]) -> None:
    assert figure.row == row


def test_an_onboarding_is_compared_turn_by_turn() -> None:
    slow = Turn(Took(40, 4), Took(10, 2), Took(400, 80), writes=29, kubernetes=5)
    fast = Turn(Took(3, 3), Took(1, 1), Took(60, 60), writes=29, kubernetes=5)
    figures = onboarding.section([slow, fast, fast]).figures
    assert [(figure.value, figure.met) for figure in figures] == [(3, True), (3, True), (20, True), (20, True)]


def test_a_duplicate_event_is_to_write_nothing() -> None:
    plain = Counts("first", 10, 20, 22, 8, 50, 12, 40)
    again = Counts("again", 0, 0, 0, 4, 50, 12, 40)
    figures = {figure.what: figure for figure in counts.section(plain, again, plain).figures}
    assert figures["writes in all, times the fewest"].value == 1.5
    assert figures["writes for a duplicate event: for the team"].met
    assert figures["writes for a duplicate event: of records"].met is False


def test_a_team_that_never_comes_in_misses_its_goal_and_says_why() -> None:
    section = waiting.section([Wait("in time", 105, 100, 9), Wait("never", math.inf, 100, 9, cause="not done")])
    assert [figure.met for figure in section.figures] == [True, False]
    assert "| never | not done | 100.0 | 9.0 |" in written(section)


def test_of_several_runs_the_one_of_median_time_counts() -> None:
    runs = [Wait("a team", took, 100, 9) for took in (130, math.inf, 120)]
    assert waiting.middle(runs).took == 130


def test_a_folder_weighs_what_is_deployed_of_it(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "app.pyc").write_bytes(b"123")
    (tmp_path / "app.py").write_bytes(b"12345")
    assert weight(tmp_path) == 5


def test_what_a_function_needs_is_told_from_all_that_its_handler_leads_to() -> None:
    needs = {function.name: function.needs("boto3") for function in functions(template())}
    assert needs["iam_roles"]
    assert not needs["explain_failure"]


def test_the_page_has_every_section_with_its_command() -> None:
    section = Section("Size", "size", "How.", [Figure("all", 3, "MB", 2)], {"Parts": (("a", "b"), [["1", "2"]])})
    whole = page([section], (0.5, 1.25))
    assert written(section) in whole
    assert "0.5 before and 1.2 after" in whole
    assert written(section) == (
        "## Size\n\nHow.\n\n| measured | figure | goal | met |\n|---|---:|---:|---:|\n"
        "| all | 3 MB | ≤ 2 MB | **no** |\n\n"
        "Parts:\n\n| a | b |\n|---|---:|\n| 1 | 2 |\n\n    .venv/bin/python -m proofs.bench size\n"
    )
