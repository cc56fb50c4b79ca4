"""Account numbers as people and programs write them: 12 digits, as text."""

import re
from typing import Final

from onboarding.errors import InvalidRequest
from onboarding.strict import shown

ACCOUNT: Final = r"^[0-9]{12}$"

_ROUNDED: Final = re.compile(r"[0-9]([.,][0-9]+)?[Ee]\+?[0-9]+")
_AS_TEXT: Final = "make the cells text, and enter all 12 digits again"


def checked(value: object, where: str) -> str:
    """The account number. Raises InvalidRequest with a sentence that names where it stands."""
    if why := mistake(value):
        raise InvalidRequest(f"{where} is {why}.")
    return str(value)


def mistake(value: object) -> str | None:
    """What is wrong with an account number and what to do about it, as the rest of a sentence; None where it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return f"{shown(value)}: give an account number of 12 digits, in quotes"
    if not isinstance(value, str):
        return f"{shown(value)}, a number, and numbers lose the zeros in front: put all 12 digits in quotes"
    if re.fullmatch(ACCOUNT[1:-1], value, re.ASCII):
        return None
    if _ROUNDED.fullmatch(value):
        return f"{shown(value)}: a spreadsheet has rounded the account number; {_AS_TEXT}"
    if value.isascii() and value.isdigit() and len(value) < 12:
        return f"{shown(value)}, {len(value)} digits: a spreadsheet takes the zeros in front away; {_AS_TEXT}"
    return f"{shown(value)}: give an account number of 12 digits"
