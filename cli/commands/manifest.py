"""`manifest`: the teams of a manifest, by the state machine that onboards many."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import executions, screen, stack
from cli.endings import Mistyped
from cli.options import Json, StackName

_FOLDER: Final = "manifests/"
_SUFFIXES: Final = (".csv", ".jsonl")
_COUNTS: Final = ("onboarded", "failed", "bad", "left")
"""How a line may have ended, as the event Manifest Done counts them; all but the first are amiss."""

ManifestFile = Annotated[Path, typer.Argument(help="A manifest, .jsonl or .csv: one team a line.")]


def manifest(file: ManifestFile, stack_name: StackName = None, as_json: Json = False) -> None:
    """Onboard the teams of a manifest: put it into the stack's bucket and wait for what is left of it.

    Exit status: 0 every line is onboarded, 1 not all, 2 the file cannot be read.
    """
    body = _body(file)
    where = stack.find(stack_name)
    key = f"{_FOLDER}{file.name}"
    where.client("s3").put_object(Bucket=where.output("FilesBucket"), Key=key, Body=body)
    console = screen.output()
    console.quiet = as_json
    with console.status(f"{key} ..."):
        start = partial(executions.start, where, "OnboardManyArn", {"key": key})
        ((_, ended),) = executions.waited(where, {key: start})
    counts: dict[str, Any] = ended.output if isinstance(ended.output, dict) else {}
    well = ended.status == "SUCCEEDED"
    why = None if well else ended.why
    if as_json:
        screen.print_json({"execution": ended.arn, "status": ended.status, "why": why, "report": counts or None})
    else:
        said = why or ", ".join(f"{counts[name]} {name}" for name in _COUNTS if name in counts)
        console.print(f"{key}: {said}", highlight=False, markup=False)
    raise typer.Exit(0 if well and not any(counts.get(name) for name in _COUNTS[1:]) else 1)


def _body(file: Path) -> bytes:
    if file.suffix not in _SUFFIXES:
        raise Mistyped(f"{file}: a manifest ends in {' or '.join(_SUFFIXES)}. Name one, or use `hyperpod-teams apply`.")
    try:
        return file.read_bytes()
    except OSError as error:
        raise Mistyped(f"{file}: {error.strerror}. Name a manifest, .jsonl or .csv.") from None
