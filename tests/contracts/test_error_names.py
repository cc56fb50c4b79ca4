"""One table names every error that a task can meet (statemachine/errors.json); the Retry lists say what it says."""

from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from tests.contracts.machines import NAMES, integration, passing, sources, states, table, tasks
from tests.task_errors import CALLS

MODELS = {"states": "stepfunctions"}
THEN = {"retry", "wait", "catch", "fail"}

both = pytest.mark.parametrize("machine", NAMES)
LINES = [(where, name) for where, names in table().items() for name in names]


def declared(service: str, operation: str) -> set[str]:
    """The errors that an operation declares."""
    name = MODELS.get(service, service)
    model = ServiceModel(Loader().load_service_model(name, "service-2"), name)
    shapes: Any = model.operation_model(operation).error_shapes
    return {shape.error_code or shape.name for shape in shapes}


@pytest.mark.parametrize("where", CALLS)
def test_every_error_that_an_operation_declares_is_in_the_table(where: str) -> None:
    assert declared(*CALLS[where]) <= {row["answer"][1] for row in table()[where].values() if "answer" in row}


@pytest.mark.parametrize(("where", "name"), LINES)
def test_a_line_says_what_follows_and_where_the_name_is_from(where: str, name: str) -> None:
    row = table()[where][name]
    assert set(row) <= {"then", "source", "answer", "like", "why"}
    assert row["then"] in THEN
    assert row["source"] in sources()
    if "like" in row:
        other = table()[where][row["like"]]
        assert row["then"] == other["then"]
        assert row["answer"] == other["answer"] or row["source"] not in ("nested", "spelling")


def test_every_source_is_used() -> None:
    assert {row["source"] for names in table().values() for row in names.values()} == set(sources())


def test_the_table_has_the_integrations_that_the_machines_use_and_no_other() -> None:
    used = {integration(state) for machine in NAMES for _, state in tasks(machine)}
    assert used == set(CALLS) == set(table()) - {"map", "every task"}


@both
def test_every_task_is_retried_after_each_error_that_passes(machine: str) -> None:
    for name, state in tasks(machine):
        named = [error for retrier in state["Retry"] for error in retrier["ErrorEquals"]]
        assert len(named) == len(set(named)), name
        expected = passing(integration(state)) | passing("every task")
        if state["Resource"].endswith(".waitForTaskToken"):
            # Nobody's answer is one.
            expected -= {"States.Timeout"}
        assert {error for error in named if "." in error} == expected, name


@both
def test_a_map_reads_its_list_again_where_that_failed(machine: str) -> None:
    for name, state in states(machine):
        if "ItemReader" in state:
            assert {error for retrier in state["Retry"] for error in retrier["ErrorEquals"]} == passing("map"), name


@both
def test_what_means_something_is_caught_by_name_or_with_all_else(machine: str) -> None:
    for name, state in tasks(machine):
        row = table()[integration(state)]
        caught = {error for catcher in state.get("Catch", []) for error in catcher["ErrorEquals"]}
        meaning = {error for error in row if row[error]["then"] == "catch"}
        if "describeExecution" in state["Resource"]:
            assert meaning <= caught, name
        elif "ConditionExpression" in state["Arguments"]:
            assert meaning & caught or "States.ALL" in caught, name
