"""Teams as files: what a Team Created event asks for, as YAML or JSON, one team a file."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from cli.endings import Mistyped
from onboarding.errors import InvalidRequest
from onboarding.resolved import wanted
from onboarding.strict import read_json

SUFFIXES: Final = (".yaml", ".yml", ".json")
SCHEMA: Final = "team-created.schema.json"
"""The event's JSON Schema, as editors are told of it."""

_SCHEMA_LINE: Final = "# yaml-language-server: $schema="
_NO_TEAM: Final = "holds no team. Write its fields as docs/event.md has them, or name another file."
_CREATED: Final = ("Team Created", "Team Updated")


@dataclass(frozen=True)
class TeamFile:
    """One team, as a file wants it."""

    path: Path
    detail: dict[str, Any]
    """As it was written."""
    request: dict[str, Any]
    """In the stack's normal form: defaults filled in, lists in order."""

    @property
    def team(self) -> str:
        """The team's name."""
        return str(self.request["team"])


def read(paths: Iterable[Path]) -> list[TeamFile]:
    """The teams of files and of the files in folders, by name of the team.

    Raises Mistyped where a file cannot be read or is none of a team, and where two are of the same team.
    """
    found: dict[str, TeamFile] = {}
    for path in (each for named in paths for each in _files(named)):
        file = _team(path)
        if file.team in found:
            raise Mistyped(f"{path}: team {file.team} is in {found[file.team].path} as well: keep one of them.")
        found[file.team] = file
    return [found[team] for team in sorted(found)]


def text(request: dict[str, Any]) -> str:
    """A team's file in YAML, with the line by which editors know the schema."""
    # Of a team that is there; a dry run is no part of what it is, and no file suspends it.
    kept = {name: value for name, value in request.items() if name not in ("dryRun", "suspension")}
    body = yaml.dump(kept, Dumper=_Quoting, sort_keys=False, allow_unicode=True, default_flow_style=False)
    return f"{_SCHEMA_LINE}{SCHEMA}\n{body}"


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(
        each for each in path.iterdir() if each.suffix in SUFFIXES and not each.name.endswith(".schema.json")
    )
    if not found:
        raise Mistyped(f"{path}: no file there ends in {', '.join(SUFFIXES)}: name a folder with files of teams.")
    return found


def value_of(path: Path) -> dict[str, Any]:
    """What a file holds, an event or a team. Raises Mistyped where it cannot be read or holds no fields."""
    try:
        content = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise Mistyped(f"{path}: {reason}. Name a file of a team, YAML or JSON.") from None
    try:
        value = read_json(content) if path.suffix == ".json" else yaml.load(content, Loader=_Plain)  # noqa: S506
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        kind = "JSON" if path.suffix == ".json" else "YAML"
        raise Mistyped(f"{path}: not {kind} ({' '.join(str(error).split())}). Correct the file.") from None
    if not isinstance(value, dict):
        raise Mistyped(f"{path}: {_NO_TEAM}")
    return value


def _team(path: Path) -> TeamFile:
    detail = _detail(path, value_of(path))
    if detail.get("dryRun"):
        raise Mistyped(f"{path}: dryRun is nothing that a team is: take it out, and use `hyperpod-teams plan`.")
    try:
        return TeamFile(path, detail, wanted(detail).request or {})
    except InvalidRequest as error:
        raise Mistyped(f"{path}: {error.reason}") from None
    except TypeError as error:
        raise Mistyped(f"{path}: it holds something that JSON has not ({error}). Correct the file.") from None


def _detail(path: Path, value: dict[str, Any]) -> dict[str, Any]:
    """What is asked for, out of a whole event too: who asks is whoever types the command, whatever the event says."""
    detail: object = value
    if "detail-type" in value:
        kind = value["detail-type"]
        if kind not in _CREATED:
            raise Mistyped(
                f"{path}: an event {json.dumps(kind)}, which is not how a team should be. Use `hyperpod-teams remove` "
                "for a team that leaves, `hyperpod-teams replay FILE` for any other event."
            )
        detail = value.get("detail")
    if not isinstance(detail, dict):
        raise Mistyped(f"{path}: {_NO_TEAM}")
    return {name: field for name, field in detail.items() if name != "$schema"}


class _Plain(yaml.SafeLoader):
    """YAML's values that JSON has too: no times, and nothing that is said twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping; raises ConstructorError where a key comes twice, of which PyYAML drops one in silence."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        doubles = sorted({str(key) for key in keys if keys.count(key) > 1})
        if doubles:
            said = f"it names {', '.join(doubles)} more than once"
            raise yaml.constructor.ConstructorError(None, None, said, node.start_mark)
        return dict(super().construct_mapping(node, deep))


_Plain.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Quoting(yaml.SafeDumper):
    """Account numbers in quotes, also those that YAML would not take for numbers: people copy them."""

    def ignore_aliases(self, data: object) -> bool:
        """Everything is written out where it stands."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> Any:
    style = '"' if value.isdigit() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Quoting.add_representer(str, _text)
