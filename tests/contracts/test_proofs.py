"""Each proof is one command, and writes one part of a page."""

from pathlib import Path

import pytest

from proofs import page

PROOFS = Path(page.__file__).parent


def test_every_proof_is_one_command() -> None:
    folders = {path.parent for path in PROOFS.glob("*/__init__.py")}
    assert {path.parent for path in PROOFS.glob("*/__main__.py")} == folders
    others = [path for path in PROOFS.glob("*/*.py") if path.name != "__main__.py"]
    assert [path for path in others if '__name__ == "__main__"' in path.read_text()] == []


@pytest.mark.parametrize(
    ("name", "proof"),
    [("doors.md", "proofs.bulk"), ("reliability.md", "proofs.faults"), ("security.md", "proofs.permissions")],
)
def test_a_proof_finds_its_place_and_touches_nothing_else(
    name: str, proof: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (page.DOCS / name).read_text()
    (tmp_path / name).write_text(before)
    monkeypatch.setattr(page, "DOCS", tmp_path)
    page.write(name, proof, page.table(["role", "used"], [["a", "1"]]))
    written = (tmp_path / name).read_text()
    head, _, rest = before.partition(f"<!-- written by {proof} -->")
    _, _, tail = rest.partition(f"<!-- end of what {proof} writes -->")
    assert written.startswith(head)
    assert written.endswith(tail)
    assert f"<!-- written by {proof} -->\n\n| role | used |\n| --- | ---: |\n| a | 1 |\n\n<!-- end" in written
