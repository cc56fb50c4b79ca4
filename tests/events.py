"""The sample events, one a source, as tests vary them."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

Event = dict[str, Any]

FOLDER = Path(__file__).parents[1] / "events"

NAMES = tuple(
    sorted(path.stem for path in FOLDER.glob("*.json") if path.name not in ("profile.json", "team-created.schema.json"))
)
"""Every sample."""


def sample(name: str, **detail: Any) -> Event:
    """A fresh copy of a sample, with fields of its detail replaced."""
    event: Event = json.loads((FOLDER / f"{name}.json").read_text())
    event["detail"] = {**deepcopy(event["detail"]), **detail}
    return event
