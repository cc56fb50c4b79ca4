"""Prints the JSON Schema of what people write, made from the model that validates it: an event's detail, or shares."""

import json
import sys
from typing import Any, Final

from pydantic import BaseModel

from onboarding.request import TeamRequest
from onboarding.shares import Shares

MODELS: Final[dict[str, type[BaseModel]]] = {"events/team-created": TeamRequest, "accounts/shares": Shares}
"""Where each is published, without its ending."""


def schema(name: str) -> str:
    """The schema as it is published. Raises KeyError where there is none of that name."""
    made: dict[str, Any] = MODELS[name].model_json_schema(by_alias=True)
    return json.dumps(made, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(schema(sys.argv[1]), end="")  # noqa: T201
