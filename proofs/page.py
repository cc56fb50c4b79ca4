"""The part of a page of docs that a proof writes: what stands between its two marks."""

from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).parents[1] / "docs"


def write(page: str, proof: str, text: str) -> None:
    """Puts the text there. Raises ValueError where the page lacks a mark of the proof."""
    path = DOCS / page
    begin, end = f"<!-- written by {proof} -->", f"<!-- end of what {proof} writes -->"
    head, rest = path.read_text().split(begin)
    _, tail = rest.split(end)
    path.write_text(f"{head}{begin}\n\n{text}\n\n{end}{tail}")


def table(header: list[str], rows: list[list[str]], texts: int = 1) -> str:
    """A table in Markdown; the first `texts` columns are words, the others figures."""
    lines = [header, ["---"] * texts + ["---:"] * (len(header) - texts), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
