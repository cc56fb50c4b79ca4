"""Amounts as Kubernetes gives them back: one form for each, whatever it was written as.

Of the suffixes of its kind (powers of 1000 or of 1024) the largest that leaves a whole number (k8s.io/apimachinery,
pkg/api/resource, Quantity, "canonical form").
"""

import re
from fractions import Fraction
from typing import Any, Final

_DECIMAL: Final = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_BINARY: Final = {"": 0, "Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_LISTS: Final = ("default", "defaultRequest", "hard", "max", "maxLimitRequestRatio", "min")
"""Fields of LimitRanges and ResourceQuotas that hold amounts by resource."""


def value(quantity: object) -> Fraction:
    """How much it is, in units of one. Raises ValueError for what is no amount."""
    return _parsed(quantity)[0]


def written(amount: Fraction, *, binary: bool = False) -> str:
    """The one form of an amount in units of one; in powers of 1024 where it is `binary`. Raises ValueError for one that
    is finer than a billionth.
    """
    if amount == 0:
        return "0"
    powers, base = (_BINARY, 1024) if binary else (_DECIMAL, 1000)
    for suffix, power in reversed(powers.items()):
        number = amount / Fraction(base) ** power
        if number.denominator == 1:
            return f"{number}{suffix}"
    raise ValueError(f"{amount} is too fine")


def canonical(spec: Any) -> Any:
    """The same, with every amount in its one form. Raises ValueError as `value`."""
    if isinstance(spec, list):
        return [canonical(item) for item in spec]
    if not isinstance(spec, dict):
        return spec
    return {
        name: {resource: _written(amount) for resource, amount in item.items()} if name in _LISTS else canonical(item)
        for name, item in spec.items()
    }


def _parsed(quantity: object) -> tuple[Fraction, bool]:
    """How much it is, and whether it is told in powers of 1024."""
    found = re.fullmatch(r"([+-]?[0-9]+(?:\.[0-9]*)?)([numkMGTPE]|[KMGTPE]i)?", str(quantity))
    if not found:
        raise ValueError(f"{quantity!r} is no quantity")
    number, suffix = Fraction(found[1]), found[2] or ""
    if suffix.endswith("i"):
        return number * Fraction(1024) ** _BINARY[suffix], True
    return number * Fraction(1000) ** _DECIMAL[suffix], False


def _written(quantity: object) -> str:
    amount, binary = _parsed(quantity)
    return written(amount, binary=binary)
