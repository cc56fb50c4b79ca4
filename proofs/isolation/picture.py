"""The matrix as a picture, readable on light and dark pages."""

from collections.abc import Iterable
from html import escape

from proofs.isolation.matrix import Cell
from proofs.isolation.ways import Way

_LEFT, _TOP, _ROW, _COLUMN, _GAP, _HEADING = 400, 96, 20, 24, 16, 28

STYLE = """
    text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
    .page { fill: #ffffff; } .line { stroke: #d1d9e0; } .h { font-weight: 600; font-size: 13px; }
    .m { text-anchor: middle; } .d { fill: #59636e; font-size: 11px; }
    .in { fill: #1a7f37; } .out { fill: #8c959f; } .wrong { fill: #b3261e; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; } .page { fill: #0d1117; } .line { stroke: #30363d; } .d { fill: #9198a1; }
      .in { fill: #3fb950; } .out { fill: #6e7681; } .wrong { fill: #ff7b72; }
    }
"""


def picture(cells: Iterable[Cell]) -> str:
    """An SVG with a row a way and a column a pair of teams."""
    all_cells = list(cells)
    teams = list(dict.fromkeys(cell.actor.name for cell in all_cells))
    ways = list(dict.fromkeys(cell.way for cell in all_cells))
    table = {(cell.way, cell.actor.name, cell.owner.name): cell for cell in all_cells}
    y, body = _TOP, list(_heads(teams))
    group = ""
    for way in ways:
        if way.group != group:
            group, y = way.group, y + _HEADING
            body.append(f'<text class="h" x="16" y="{y - 6}">{group}</text>')
            body.append(f'<line class="line" x1="16" x2="{_x(teams, len(teams) - 1, len(teams))}" y1="{y}" y2="{y}"/>')
        body += _row(way, y, teams, table)
        y += _ROW
    width, height = _x(teams, len(teams) - 1, len(teams)) + 40, y + 48
    body += _legend(y + 28)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="title desc">\n'
        '  <title id="title">Which team reaches whose things</title>\n'
        '  <desc id="desc">One row for each way in, one column for each pair of teams. A team gets in at its own '
        "things where that is meant, and nowhere else.</desc>\n"
        f"  <style>{STYLE}  </style>\n"
        f'  <rect class="page" width="{width}" height="{height}"/>\n  ' + "\n  ".join(body) + "\n</svg>\n"
    )


def _x(teams: list[str], actor: int, owner: int) -> int:
    return _LEFT + actor * (len(teams) * _COLUMN + _GAP) + owner * _COLUMN


def _heads(teams: list[str]) -> Iterable[str]:
    for index, actor in enumerate(teams):
        middle = _x(teams, index, 0) + len(teams) * _COLUMN // 2
        yield f'<text class="h m" x="{middle}" y="26">{escape(actor)} tries</text>'
        for position, owner in enumerate(teams):
            x, y = _x(teams, index, position) + _COLUMN // 2 + 4, _TOP + 4
            yield f'<text class="d" transform="translate({x} {y}) rotate(-60)">{escape(owner)}\'s</text>'


def _row(way: Way, y: int, teams: list[str], table: dict[tuple[Way, str, str], Cell]) -> Iterable[str]:
    yield f'<text x="24" y="{y + 14}">{escape(way.name)}</text>'
    for index, actor in enumerate(teams):
        for position, owner in enumerate(teams):
            cell = table.get((way, actor, owner))
            if cell is not None:
                yield mark(cell.got_in, cell.right, _x(teams, index, position) + _COLUMN // 2, y + _ROW // 2)


def mark(got_in: bool, right: bool, x: int, y: int) -> str:
    """A square for a way that is open, a dot for one that is not; in another colour where it is wrong."""
    kind = "in" if got_in else "out"
    colour = kind if right else "wrong"
    if got_in:
        return f'<rect class="{colour}" x="{x - 7}" y="{y - 7}" width="14" height="14" rx="3"/>'
    return f'<circle class="{colour}" cx="{x}" cy="{y}" r="2.5"/>'


def _legend(y: int) -> Iterable[str]:
    yield f'<rect class="in" x="24" y="{y - 11}" width="14" height="14" rx="3"/>'
    yield f'<text x="46" y="{y}">gets in</text>'
    yield f'<circle class="out" cx="120" cy="{y - 4}" r="2.5"/>'
    yield f'<text x="132" y="{y}">is kept out</text>'
    yield f'<text class="d" x="220" y="{y}">blank: the team has no such thing</text>'
