"""How the text of a manifest is read, as JSON Lines or as CSV: nothing in it is dropped, or taken for another thing."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from onboarding.errors import InvalidRequest
from onboarding.request import TeamRequest
from onboarding.strict import read_json, shown

Read = tuple[int, Any]
"""Number of a line, and what it says or, as an InvalidRequest, why it says nothing."""

_TYPES: Final = {
    field.alias: str if field.annotation == str | None else field.annotation
    for field in TeamRequest.model_fields.values()
}
_TRUTHS: Final = {"true": True, "false": False}

_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[][{}]')
_OTHER_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}


def json_lines(text: str) -> Iterator[Read]:
    """Every line that is not empty. Raises InvalidRequest where a list goes on over lines, of which some would pass."""
    # Not splitlines(): JSON takes characters for text that Unicode takes for ends of lines.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, read_json(line)
        except ValueError as error:
            if _leaves_list_open(line):
                raise InvalidRequest(
                    f"Line {number} opens a list and does not close it: write each team on a line of its own, and no "
                    "list around them."
                ) from None
            yield number, InvalidRequest(f"not JSON: {error}")


def csv_lines(text: str) -> Iterator[Read]:
    """Every line after the first, which names the fields. An empty cell leaves its field out.

    Raises InvalidRequest where the first line leaves open which cell is which field, or a quote is never closed.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = (row for row in reader if row)
        header = next(rows, [])
        _check(header)
        for row in rows:
            yield reader.line_num, _fields(header, row)
    except csv.Error as error:
        raise InvalidRequest(f"Line {reader.line_num} is not CSV: {error}.") from None


def _check(header: list[str]) -> None:
    doubles = sorted(name for name, count in Counter(header).items() if name.strip() and count > 1)
    if doubles:
        raise InvalidRequest(f"The first line names {', '.join(map(shown, doubles))} more than once: keep one.")
    nameless = [str(number) for number, name in enumerate(header, start=1) if not name.strip()]
    if nameless:
        raise InvalidRequest(f"The first line has no name for column {', '.join(nameless)}: name or remove it.")
    for separator, words in _OTHER_SEPARATORS.items():
        if len(header) == 1 and separator in header[0]:
            raise InvalidRequest(f"The first line is separated by {words}: save the file with commas.")


def _fields(header: list[str], row: list[str]) -> dict[str, object] | InvalidRequest:
    if len(row) != len(header):
        return InvalidRequest(
            f"has {len(row)} cells, and the first line names {len(header)}: correct it, and put a cell with a comma "
            "in quotes"
        )
    try:
        return {name: _value(name, text) for name, text in zip(header, row, strict=True) if text}
    except InvalidRequest as error:
        return error


def _value(name: str, text: str) -> object:
    # A cell has no type, so the field's decides.
    wanted = _TYPES.get(name, str)
    if wanted is str:
        return text
    if wanted is bool:
        # Spreadsheets write TRUE.
        return _TRUTHS.get(text.lower(), text)
    try:
        return read_json(text)
    except ValueError as error:
        raise InvalidRequest(f"{name} is not JSON: {error}") from None


def _leaves_list_open(line: str) -> bool:
    opened: list[str] = []
    for token in _TOKENS.findall(line):
        if token in ("[", "{"):
            opened.append(token)
        elif token in ("]", "}") and opened:
            opened.pop()
    return "[" in opened
