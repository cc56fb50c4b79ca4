"""The bill of materials (CycloneDX 1.6) of a layer, read from what is in it, and not from what was asked for."""

import json
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any, Final

_CLASSIFIER: Final = "License :: OSI Approved :: "


def bill(layer: Path, name: str, version: str) -> str:
    """Every distribution below `layer`/python with its licence, as JSON that is the same for the same layer.

    It has neither a serial number nor a time, both optional in CycloneDX: they would differ with each build.
    """
    components = [_component(metadata) for metadata in _distributions(layer)]
    made: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "library", "bom-ref": name, "name": name, "version": version}},
        "components": components,
    }
    return json.dumps(made, indent=2) + "\n"


def licences(layer: Path) -> str:
    """The same for people: name, version and licence, a line each."""
    return "".join(f"{one['Name']} {one['Version']}: {_licence(one)}\n" for one in _distributions(layer))


def _distributions(layer: Path) -> list[Message]:
    """Raises ValueError for one that says no licence: a person has to look."""
    found = [message_from_string(path.read_text("utf-8")) for path in sorted(layer.glob("python/*.dist-info/METADATA"))]
    return sorted(found, key=lambda one: str(one["Name"]).lower())


def _component(metadata: Message) -> dict[str, Any]:
    name, version = str(metadata["Name"]), str(metadata["Version"])
    address = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    licence = _licence(metadata)
    said = {"expression": licence} if metadata["License-Expression"] else {"license": {"name": licence}}
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "licenses": [said],
        "purl": address,
    }


def _licence(metadata: Message) -> str:
    classified = [
        line.removeprefix(_CLASSIFIER) for line in metadata.get_all("Classifier", []) if line.startswith(_CLASSIFIER)
    ]
    said = metadata["License-Expression"] or " or ".join(classified) or metadata["License"]
    if not said:
        raise ValueError(f"{metadata['Name']} {metadata['Version']} says no licence in its metadata")
    return str(said).splitlines()[0]
