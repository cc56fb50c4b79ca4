"""The Condition element of a policy statement."""

import base64
import ipaddress
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.gateway.patterns import Context, arn_matches, matches
from sandbox.aws.gateway.reference import holds_several

Test = Callable[[str, str, Context], bool]
"""Compares a policy's value (first) with the request's."""


class UnknownOperatorError(ValueError):
    """A policy uses a condition operator that IAM does not have."""


def holds(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether every operator and key of a Condition element is met.

    Raises:
        UnknownOperatorError: an operator is not one of IAM's.
    """
    return all(
        _operator_holds(operator, key, _texts(wanted), context)
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _operator_holds(operator: str, key: str, wanted: tuple[str, ...], context: Context) -> bool:
    found = context.get(key.lower())
    if operator == "Null":
        return all((found is None) == (text.lower() == "true") for text in wanted)
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated, test = _test(name, operator)
    if found is None and if_exists:
        return True

    def fits(value: str) -> bool:
        return any(test(text, value, context) for text in wanted) != negated

    match quantifier:
        case "":
            if found is None:
                return negated
            if holds_several(key) and not negated:
                # Meant for ForAllValues and ForAnyValue alone; what IAM makes of it otherwise is not documented.
                return False
            # A negated operator must hold for all values of a key, a positive one for any.
            return all(map(fits, found)) if negated else any(map(fits, found))
        case "ForAllValues":
            return all(map(fits, found or ()))
        case "ForAnyValue":
            return any(map(fits, found or ()))
    raise UnknownOperatorError(operator)


def _test(name: str, operator: str) -> tuple[bool, Test]:
    if name in _TESTS:
        return False, _TESTS[name]
    if name in _NEGATED:
        return True, _TESTS[_NEGATED[name]]
    raise UnknownOperatorError(operator)


def _texts(wanted: object) -> tuple[str, ...]:
    values = wanted if isinstance(wanted, list | tuple) else [wanted]
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def _number(compare: Callable[[float, float], bool]) -> Test:
    def test(wanted: str, found: str, _: Context) -> bool:
        try:
            return compare(float(found), float(wanted))
        except ValueError:
            return False

    return test


def _date(compare: Callable[[float, float], bool]) -> Test:
    def test(wanted: str, found: str, _: Context) -> bool:
        try:
            return compare(_epoch(found), _epoch(wanted))
        except ValueError:
            return False

    return test


def _epoch(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        date = datetime.fromisoformat(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def _address(wanted: str, found: str, _: Context) -> bool:
    try:
        return ipaddress.ip_address(found) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _binary(wanted: str, found: str, _: Context) -> bool:
    return base64.b64decode(wanted) == base64.b64decode(found)


_TESTS: dict[str, Test] = {
    "StringEquals": lambda wanted, found, context: matches(wanted, found, context, wildcards=False),
    "StringEqualsIgnoreCase": lambda wanted, found, context: matches(
        wanted, found, context, wildcards=False, ignore_case=True
    ),
    "StringLike": lambda wanted, found, context: matches(wanted, found, context),
    # IAM treats the two alike.
    "ArnEquals": arn_matches,
    "ArnLike": arn_matches,
    "Bool": lambda wanted, found, _: wanted.lower() == found.lower(),
    "BinaryEquals": _binary,
    "IpAddress": _address,
    "NumericEquals": _number(lambda found, wanted: found == wanted),
    "NumericLessThan": _number(lambda found, wanted: found < wanted),
    "NumericLessThanEquals": _number(lambda found, wanted: found <= wanted),
    "NumericGreaterThan": _number(lambda found, wanted: found > wanted),
    "NumericGreaterThanEquals": _number(lambda found, wanted: found >= wanted),
    "DateEquals": _date(lambda found, wanted: found == wanted),
    "DateLessThan": _date(lambda found, wanted: found < wanted),
    "DateLessThanEquals": _date(lambda found, wanted: found <= wanted),
    "DateGreaterThan": _date(lambda found, wanted: found > wanted),
    "DateGreaterThanEquals": _date(lambda found, wanted: found >= wanted),
}

_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
