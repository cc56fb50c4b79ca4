"""What a pod's words mean: that the team's access is proven, or what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from onboarding.errors import ProbeRefused
from probe.attempts import Attempt
from probe.fence import Part, network_parts

_FITTING: Final = {"in": "ye-", "refused": "ng-", "any": "yenegx-"}
_MEANING: Final = {
    "y": "was let in",
    "e": "was let in",
    "n": "was refused",
    "g": "found no access point",
    "c": "got no credentials",
    "x": "failed",
}
_SHOWN: Final = 5
"""How many mistakes an error names; the policies behind them are fewer."""


@dataclass(frozen=True)
class Verdict:
    """What is proven."""

    tried: list[str]
    """A sentence for each group of attempts at data, all of which ended as they should."""
    fence: list[Part]
    """What the pod has seen of the network's fence."""


def verdict(tried: Sequence[Attempt], said: str) -> Verdict:
    """Raises ProbeRefused where an attempt at data did not end as it should, with the pod's own words."""
    letters, _, rest = said.partition("\n")
    words = dict(line.split(" ", 1) for line in rest.splitlines() if " " in line)
    wrong = [
        _mistake(attempt, letter, words.get(str(number)))
        for number, (attempt, letter) in enumerate(zip(tried, letters, strict=False))
        if attempt.expected != "fenced" and letter not in _FITTING[attempt.expected]
    ]
    if len(letters) < len(tried) and not wrong:
        wrong = [f"only {len(letters)} of {len(tried)} things were tried"]
    if wrong:
        more = [f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
        raise ProbeRefused("; ".join([*wrong[:_SHOWN], *more]))
    results = list(zip(tried, letters, strict=True))
    data = [each for each in results if each[0].expected != "fenced"]
    return Verdict(list(_sentences(data)), list(network_parts(each for each in results if each not in data)))


def _mistake(attempt: Attempt, letter: str, words: str | None) -> str:
    where = f"{attempt.verb} at {attempt.target}" + (f", {attempt.key}," if attempt.key else "")
    should = "should be let in" if attempt.expected == "in" else "should be refused"
    heard = f": {words}" if words and letter not in "ye" else ""
    return f"{where} {should} and {_MEANING.get(letter, 'ended otherwise')}{heard}"


def _sentences(results: list[tuple[Attempt, str]]) -> Iterator[str]:
    own = {attempt.target for attempt, _ in results if attempt.expected == "in"}
    shown = [(a, letter) for a, letter in results if a.expected != "any" and letter != "-"]
    for (expected, target), group in groupby(sorted(shown, key=_place), key=_place):
        tried = list(group)
        verbs = ", ".join(dict.fromkeys(attempt.verb for attempt, _ in tried))
        if expected == "in":
            empty = any(letter == "e" for _, letter in tried)
            yield f"may {verbs} at {target}" + (", which holds nothing of the team's yet" if empty else "")
        else:
            outside = " outside its prefix" if target in own else ""
            yield f"is refused {verbs} at {target}{outside}"


def _place(result: tuple[Attempt, str]) -> tuple[str, str]:
    return result[0].expected, result[0].target
