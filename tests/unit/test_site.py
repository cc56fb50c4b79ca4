"""The site of docs/: where its links lead, and what its pictures may use."""

import re

import pytest

from tests.contracts.machines import ROOT
from tools.site import DOCS, rewritten

AT = "https://example.com/blob/v1"


@pytest.mark.parametrize(
    ("markdown", "linked"),
    [
        ("[a](docs/event.md#fields)", "[a](event.md#fields)"),
        ("![a\nb](docs/workflow.svg)", "![a\nb](workflow.svg)"),
        ("[functions/](functions)", f"[functions/]({AT}/functions)"),
        ("[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("[a](#try-it)", "[a](#try-it)"),
    ],
)
def test_a_link_of_the_front_page(markdown: str, linked: str) -> None:
    assert rewritten(markdown, ROOT, AT) == (linked, [])


def test_a_link_of_a_page_into_the_repository_is_text_where_nobody_says_where_that_is() -> None:
    assert rewritten("see [the template](../template.yaml).", DOCS, "") == ("see the template.", [])


@pytest.mark.parametrize("target", ["../no-such-file.py", "no-such-page.md", "../../outside"])
def test_a_link_into_nothing_is_told(target: str) -> None:
    assert rewritten(f"[a]({target})", DOCS, AT)[1] == [target]


@pytest.mark.parametrize("name", sorted(path.name for path in DOCS.glob("*.svg")))
def test_a_picture_is_drawn_by_what_knows_no_variables_and_has_colours_for_the_dark(name: str) -> None:
    picture = (DOCS / name).read_text()
    assert "var(" not in picture
    light, dark = picture.split("@media (prefers-color-scheme: dark)")
    assert re.search(r"\.page \{ fill: #ffffff", light)
    assert re.search(r"\.page \{ fill: #0d1117", dark)
