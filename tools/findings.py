"""Prints docs/findings.md: every id of a finding, from the one list of them."""

from typing import Final

from onboarding.findings import FINDINGS

_HEAD: Final = """# Findings

What a plan looks at, and the id that `plan`, `doctor`, their `--json`, and the output of a dry run give it.
The sentence beside it says where and what exactly, and has the command with its arguments. A check
that is met has its id too. An id keeps its meaning for good.

Written by `make findings` from
[findings.py](../layers/onboarding/python/onboarding/findings.py); do not edit.

| id | what it looks at, or has found | source | what mends it |
|---|---|---|---|
"""


def page() -> str:
    """The page as it is published."""
    rows = (f"| `{name}` | {each.looks_at} | {each.source} | {_code(each.mend)} |\n" for name, each in FINDINGS.items())
    return _HEAD + "".join(rows)


def _code(mend: str) -> str:
    return f"`{mend}`" if mend.startswith(("aws ", "kubectl ")) and "," not in mend else mend


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
