"""Asks before something is done that cannot be taken back."""

import sys

import typer

from cli.endings import Mistyped, Refusal


def confirmed(question: str, yes: bool) -> None:
    """Returns where the answer is yes. Raises Mistyped where nobody can be asked, Refusal where the answer is no."""
    if yes:
        return
    if not sys.stdin.readable() or sys.stdin.closed:
        raise Mistyped(f"{question} There is nobody to answer: give --yes.")
    try:
        answer = typer.confirm(question, err=True)
    except typer.Abort:
        raise Mistyped(f"{question} There is nobody to answer: give --yes.") from None
    if not answer:
        raise Refusal("Nothing was done.")
