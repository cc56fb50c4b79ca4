"""The matrix of askers as a picture, readable on light and dark pages."""

from collections.abc import Iterable
from html import escape

from proofs.askers.matrix import Answer
from proofs.isolation.picture import STYLE, mark

_LEFT, _TOP, _ROW, _COLUMN, _HEADING = 380, 130, 20, 40, 28


def picture(answers: Iterable[Answer]) -> str:
    """An SVG with a row for each thing to ask, and a column for each asker."""
    found = list(answers)
    askers = list(dict.fromkeys(answer.asker for answer in found))
    right = _LEFT + len(askers) * _COLUMN
    body = [
        f'<text class="d" transform="translate({_x(index) + 4} {_TOP + 14}) rotate(-60)">{escape(asker)}</text>'
        for index, asker in enumerate(askers)
    ]
    y, group = _TOP, ""
    for ask in dict.fromkeys(answer.ask.name for answer in found):
        row = [answer for answer in found if answer.ask.name == ask]
        if row[0].ask.group != group:
            group, y = row[0].ask.group, y + _HEADING
            body.append(f'<text class="h" x="16" y="{y - 6}">{group}</text>')
            body.append(f'<line class="line" x1="16" x2="{right}" y1="{y}" y2="{y}"/>')
        body.append(f'<text x="24" y="{y + 14}">{escape(ask)}</text>')
        body += [mark(each.granted, each.right, _x(askers.index(each.asker)), y + _ROW // 2) for each in row]
        y += _ROW
    width, height = right + 60, y + 48
    body += [
        mark(True, True, 31, y + 24),
        f'<text x="46" y="{y + 28}">granted</text>',
        mark(False, True, 120, y + 24),
        f'<text x="132" y="{y + 28}">refused</text>',
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="title desc">\n'
        '  <title id="title">Who may ask for what</title>\n'
        '  <desc id="desc">One row for each thing that can be asked, one column for each kind of asker.</desc>\n'
        f"  <style>{STYLE}  </style>\n"
        f'  <rect class="page" width="{width}" height="{height}"/>\n  ' + "\n  ".join(body) + "\n</svg>\n"
    )


def _x(column: int) -> int:
    return _LEFT + column * _COLUMN + _COLUMN // 2
