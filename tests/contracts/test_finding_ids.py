"""Every finding has an id, each id is in use, and the page has them all."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from onboarding import errors
from onboarding.findings import FINDINGS, FindingId
from onboarding.plan import Finding
from tools.findings import page

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers/onboarding/python/onboarding"
CODE = [path for folder in (LAYER, ROOT / "functions") for path in folder.rglob("*.py") if path.name != "findings.py"]
IDS = get_args(FindingId)


def test_each_id_is_described_once_and_in_order() -> None:
    assert list(IDS) == sorted(set(IDS)) == list(FINDINGS)


def test_every_description_is_whole() -> None:
    assert all(all(known) for known in FINDINGS.values())


def test_an_id_is_upper_case_words() -> None:
    assert [name for name in IDS if not re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)*", name)] == []


def test_the_page_is_written_from_the_list() -> None:
    assert (ROOT / "docs/findings.md").read_text() == page(), "run `make findings`"


@pytest.mark.parametrize("name", IDS)
def test_each_id_is_used_by_the_code(name: str) -> None:
    assert any(f'"{name}"' in path.read_text() for path in CODE)


def test_no_finding_is_made_without_an_id() -> None:
    with pytest.raises(ValidationError, match="id"):
        Finding.model_validate({"resource": "shelf", "reason": "is full"})


def test_no_finding_has_an_id_that_nobody_describes() -> None:
    with pytest.raises(ValidationError, match="id"):
        Finding.model_validate({"id": "SHELF-FULL", "resource": "shelf", "reason": "is full"})


@pytest.mark.parametrize("kind", errors.Final.__subclasses__())
def test_an_error_that_a_plan_may_note_has_an_id_of_its_own(kind: type[errors.Final]) -> None:
    assert kind.__dict__["id"] in FINDINGS
    assert [other.id for other in errors.Final.__subclasses__()].count(kind.id) == 1
