"""The functions of the template: their handlers, their layers, and what their code imports."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from samtranslator.yaml_helper import yaml_parse

from sandbox.cloud import ROOT

_OURS: Final = (ROOT / "functions", ROOT / "layers" / "onboarding" / "python")
"""Where modules of our own are, in the order in which a function looks for them."""


@dataclass(frozen=True)
class Function:
    """One function."""

    name: str
    module: str
    """The module of its handler."""
    code: Path
    layers: tuple[str, ...]
    """Logical ids."""

    def needs(self, library: str) -> bool:
        """Whether its handler, or a module of ours that this leads to, imports the library, at the start or later."""
        return any(name.split(".")[0] == library for name in _reached(self.module))


def template() -> dict[str, Any]:
    """template.yaml as data."""
    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    return parsed


def functions(template: Mapping[str, Any]) -> list[Function]:
    """Every function, in the template's order."""
    shared = template["Globals"]["Function"]
    return [
        _function(resource["Properties"], shared)
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


def _function(properties: Mapping[str, Any], shared: Mapping[str, Any]) -> Function:
    module = str(properties["Handler"]).rpartition(".")[0]
    # SAM puts a function's own layers behind those of all.
    layers = [*shared.get("Layers", []), *properties.get("Layers", [])]
    named = tuple(str(layer["Ref"]) for layer in layers)
    return Function(module.split(".")[0], module, ROOT / properties["CodeUri"], named)


def _reached(module: str) -> set[str]:
    """The modules that a module of ours leads to by what it and they import."""
    found: set[str] = set()
    left = [module]
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        source = _source(name)
        if source is not None:
            left += _imported(ast.parse(source.read_text()))
    return found


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            # What is imported from a package may be a module of it.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _source(module: str) -> Path | None:
    path = module.replace(".", "/")
    candidates = (root / name for root in _OURS for name in (f"{path}.py", f"{path}/__init__.py"))
    return next((candidate for candidate in candidates if candidate.is_file()), None)
