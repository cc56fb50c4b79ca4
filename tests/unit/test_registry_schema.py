"""A record that a newer release wrote is refused by whatever reads it."""

import pytest

from cli import registry as operators
from cli.endings import Refusal
from onboarding.schema import SCHEMA, is_newer, newer_sentence, schema_of
from tests.contracts.stack import of_type


@pytest.mark.parametrize(
    ("record", "version"), [({}, 0), ({"schema": "0"}, 0), ({"schema": "1"}, 1), ({"schema": "12"}, 12)]
)
def test_a_record_without_a_number_is_of_version_0(record: dict[str, str], version: int) -> None:
    assert schema_of(record) == version


def test_all_versions_up_to_this_one_are_read_and_none_later() -> None:
    assert not any(is_newer({"schema": str(version)}) for version in range(SCHEMA + 1))
    assert is_newer({"schema": str(SCHEMA + 1)})


def test_the_state_machines_have_the_same_number() -> None:
    machines = of_type("AWS::Serverless::StateMachine").values()
    given = [machine["DefinitionSubstitutions"].get("RegistrySchema") for machine in machines]
    assert [number for number in given if number is not None] == [str(SCHEMA)] * 2


def test_operators_are_told_to_update_what_they_type() -> None:
    class Table:
        def get_item(self, **_: object) -> dict[str, object]:
            return {"Item": {"id": {"S": "team/ahead"}, "schema": {"N": str(SCHEMA + 1)}}}

    class Stack:
        def output(self, _: str) -> str:
            return "registry"

        def client(self, _: str) -> Table:
            return Table()

    with pytest.raises(Refusal) as refused:
        operators.record_of(Stack(), "ahead")  # type: ignore[arg-type]
    sentence = newer_sentence("ahead", {"schema": SCHEMA + 1}, "this hyperpod-teams", "hyperpod-teams")
    assert str(refused.value) == sentence
