"""What the cluster's answer about queues becomes, and what stands in the table."""

import json
from itertools import pairwise
from typing import Any

import pytest
from rich.console import Console

from cli import usage
from cli.registry import Record
from cli.stack import Stack
from cli.usage import Usage
from cli.views.teams import show_teams, summary

P5 = "ml.p5.48xlarge"


def queue(team: str, **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": f"hyperpod-ns-{team}-clusterqueue"}, **status}


def used(*resources: dict[str, Any], flavor: str = P5) -> dict[str, Any]:
    return {"status": {"flavorsUsage": [{"name": flavor, "resources": list(resources)}]}}


def read(*queues: dict[str, Any]) -> Usage:
    return Usage(dict(usage._queues({"items": list(queues)})))


def row(found: Usage, **fields: Any) -> list[str]:
    """The cells of the used and the borrowed of team vision."""
    console = Console(width=400, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    show_teams(console, [Record("vision", fields)], found)
    cells = console.export_text().splitlines()
    head, line = next((cells[at], cells[at + 2]) for at, text in enumerate(cells) if "team" in text.split())
    ends = [head.index("used"), head.index("borrowed"), head.index("since")]
    return [line[start:end].strip() for start, end in pairwise(ends)]


GPU = {"name": "nvidia.com/gpu", "total": "12", "borrowed": "4"}


@pytest.mark.parametrize(
    ("resources", "cells"),
    [
        ([GPU, {"name": "cpu", "total": "96", "borrowed": "0"}], [f"12 gpu of {P5}", f"4 gpu of {P5}"]),
        ([{"name": "cpu", "total": "96"}, {"name": "memory", "total": "1Ti"}], [f"96 cpu of {P5}", "0"]),
        ([{**GPU, "total": "0", "borrowed": "0"}, {"name": "cpu", "total": "500m"}], [f"500m cpu of {P5}", "0"]),
        ([{"name": "aws.amazon.com/neurondevice", "total": "1"}], [f"1 neurondevice of {P5}", "0"]),
        ([{"name": "nvidia.com/mig-1g.10gb", "total": "3"}], [f"3 mig-1g.10gb of {P5}", "0"]),
        ([{"name": "nvidia.com/gpu", "total": 2, "borrowed": 0}], [f"2 gpu of {P5}", "0"]),
        ([{"name": "vpc.amazonaws.com/efa", "total": "32"}], ["0", "0"]),
        ([{"name": "nvidia.com/gpu"}], ["0", "0"]),
        ([], ["0", "0"]),
    ],
)
def test_accelerators_are_told_and_cpus_where_there_are_none(resources: list[dict[str, Any]], cells: list[str]) -> None:
    assert row(read(queue("vision", **used(*resources)))) == cells


def test_a_team_without_a_queue_has_nothing_there_and_so_has_one_that_kueue_has_not_counted() -> None:
    assert row(read(queue("speech", **used(GPU)))) == ["", ""]
    assert row(read(queue("vision"))) == ["", ""]
    assert row(Usage({}, "The cluster sleeps.")) == ["unknown", "unknown"]


def test_a_queue_of_a_longer_name_is_no_teams() -> None:
    found = read(queue("vision-2", **used(GPU)), queue("idle-resource-sharing-1", **used(GPU)))
    assert found.of("vision") is None
    assert found.of("vision-2") == [{"flavor": P5, "resource": "nvidia.com/gpu", "used": "12", "borrowed": "4"}]


def test_where_the_cluster_was_not_asked_there_are_no_columns_and_usage_is_null() -> None:
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    show_teams(console, [Record("vision", {})])
    assert "borrowed" not in console.export_text()
    assert summary(Record("vision", {}))["usage"] is None
    assert json.dumps(summary(Record("vision", {}), read(queue("vision", **used(GPU))))["usage"])


def test_a_stack_that_names_no_cluster_is_asked_to_be_deployed_anew() -> None:
    found = usage.read(Stack("old", {}, lambda service: pytest.fail("AWS was asked")))
    assert found.unknown == "Stack old has no output EksClusterName: name another by --stack, or deploy it anew."


@pytest.mark.parametrize(("status", "said"), [(404, "`hyperpod-teams doctor`"), (503, "answered with 503: repeat it.")])
def test_what_else_the_cluster_answers_has_a_sentence_of_its_own(status: int, said: str) -> None:
    assert said in usage._refused(status, "research-eks")
