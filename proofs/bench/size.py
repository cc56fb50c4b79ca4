"""What of each function Lambda unpacks: its code and its layers, built as `make build` does."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from proofs.bench.figures import Figure, Section
from proofs.bench.functions import Function, functions, template
from sandbox.cloud import ROOT

MEGABYTE: Final = 1_000_000
LEAN, WITH_KUBERNETES = 15, 35
"""Goals, in MB."""


@dataclass(frozen=True)
class Size:
    """One function, in bytes, unpacked."""

    function: str
    code: int
    layers: Mapping[str, int]
    kubernetes: bool
    """Whether its code needs the Kubernetes client."""

    @property
    def total(self) -> int:
        """All that is deployed for it."""
        return self.code + sum(self.layers.values())


def measured() -> Section:
    """Builds each layer once. Raises CalledProcessError where one cannot be built; needs the package index."""
    whole = template()
    with tempfile.TemporaryDirectory(prefix="bench-layers-") as folder:
        layers = {
            name: weight(_built(name, resource, Path(folder) / name))
            for name, resource in whole["Resources"].items()
            if resource["Type"] == "AWS::Serverless::LayerVersion"
        }
    return section([_size(function, layers) for function in functions(whole)])


def section(sizes: Sequence[Size]) -> Section:
    """The figures."""
    return Section(
        title="Size",
        subject="size",
        text="""\
A function's code and layers, unpacked, built for arm64 as `make build` builds them; a MB is a million bytes. A function
needs Kubernetes where its handler, or a module that this leads to, imports the client anywhere.""",
        figures=[
            Figure(
                f"{size.function}{', with Kubernetes' if size.kubernetes else ''}",
                size.total / MEGABYTE,
                "MB",
                WITH_KUBERNETES if size.kubernetes else LEAN,
                digits=1,
            )
            for size in sizes
        ],
        details={
            "In MB": (
                ("function", "code", "layers"),
                [[size.function, _megabytes(size.code), _listed(size.layers)] for size in sizes],
            )
        },
    )


def weight(folder: Path) -> int:
    """Bytes of all files in a folder but compiled ones, which no build carries."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sum(path.stat().st_size for path in files)


def _size(function: Function, layers: Mapping[str, int]) -> Size:
    own = {name: layers[name] for name in function.layers}
    return Size(function.name, weight(function.code), own, function.needs("kubernetes"))


def _built(name: str, resource: Mapping[str, Any], target: Path) -> Path:
    source = ROOT / str(resource["Properties"]["ContentUri"])
    metadata = resource.get("Metadata", {})
    if metadata.get("SkipBuild"):
        return source
    if metadata.get("BuildMethod") != "makefile":
        raise NotImplementedError(f"layer {name} is built by {metadata.get('BuildMethod')}, which is not known here")
    target.mkdir()
    uv = shutil.which("uv", path=f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    command = ["make", "--silent", "-C", str(source), f"build-{name}", f"ARTIFACTS_DIR={target}", f"UV={uv}"]
    kept = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
    subprocess.run(command, check=True, env=kept)
    return target


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f}"


def _listed(layers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {_megabytes(size)}" for name, size in layers.items())
