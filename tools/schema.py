"""Prints the JSON Schema of a Team Created event's detail, made from the model that validates it."""

import json

from onboarding.request import TeamRequest


def schema() -> str:
    """The schema as it is published in events/."""
    return json.dumps(TeamRequest.model_json_schema(by_alias=True), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(schema(), end="")  # noqa: T201
