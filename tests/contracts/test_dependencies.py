"""The layer of third-party libraries is trimmed to what the functions load, and no further."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.runtime.fork_server import SERVICES
from tests.contracts.machines import ROOT

LAYER = ROOT / "layers" / "dependencies"
CODE = (ROOT / "functions", ROOT / "layers" / "onboarding" / "python")
MEGABYTE = 1_000_000

CLIENTS = """
import boto3, sys
session = boto3.session.Session("none", "none", region_name="us-west-2")
for service in sys.argv[1:]:
    client = session.client(service)
    print(service, client.meta.service_model.api_version, client.meta.endpoint_url)
"""


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The libraries of this machine's Python, laid out and trimmed as the layer's are."""
    root = tmp_path_factory.mktemp("layer")
    for name in re.findall(r"^([a-z0-9-]+)==", (LAYER / "requirements.txt").read_text(), re.MULTILINE):
        for file in importlib.metadata.files(name) or []:
            if not {"..", "__pycache__"} & set(file.parts):
                place = root / "python" / file
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), place)
    subprocess.run(["make", "--silent", "-f", LAYER / "Makefile", "trim", f"ARTIFACTS_DIR={root}"], check=True)
    return root / "python"


def run(layer: Path, program: str, *arguments: str) -> str:
    """What a program prints that has the layer and the functions' code, and nothing else of this machine's."""
    path = os.pathsep.join(map(str, (layer, *CODE)))
    started = subprocess.run(
        [sys.executable, "-S", "-B", "-c", program, *arguments],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert started.returncode == 0, started.stderr
    return started.stdout


def services_called() -> Iterator[str]:
    """Every service of which the functions' code makes a client, by the name that it gives."""
    for file in (file for folder in CODE for file in folder.rglob("*.py")):
        for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
            if (call.func.attr if isinstance(call.func, ast.Attribute) else "") == "client":
                yield from (str(arg.value) for arg in call.args[:1] if isinstance(arg, ast.Constant))


def test_the_layer_and_the_fork_server_know_the_services_that_functions_call() -> None:
    (kept,) = re.findall(r"^SERVICES := (.*)$", (LAYER / "Makefile").read_text(), re.MULTILINE)
    assert sorted(set(services_called())) == kept.split() == list(SERVICES)


def test_every_service_that_functions_call_has_a_client_in_the_layer(layer: Path) -> None:
    made = run(layer, CLIENTS, *SERVICES).splitlines()
    assert [line.split()[0] for line in made] == list(SERVICES)
    assert all(re.search(r" \d{4}-\d\d-\d\d https://\S+\.amazonaws\.com$", line) for line in made)


def test_every_function_loads_from_the_layer(layer: Path) -> None:
    handlers = sorted(f"{app.parent.name}.app" for app in (ROOT / "functions").glob("*/app.py"))
    program = "import importlib, sys\nfor name in sys.argv[1:]: print(importlib.import_module(name).handler)"
    assert len(run(layer, program, *handlers).splitlines()) == len(handlers)


def test_no_function_has_more_than_15_megabytes_of_libraries(layer: Path) -> None:
    assert sum(file.stat().st_size for file in layer.rglob("*") if file.is_file()) < 15 * MEGABYTE
