"""The id of a finding, as people see it."""

from collections.abc import Mapping


def identified(found: Mapping[str, str]) -> str:
    """What comes after the sentence; nothing where an older stack gave no id."""
    return f" [{found['id']}]" if "id" in found else ""
