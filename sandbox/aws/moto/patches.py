"""Attributes of other people's modules and classes, replaced for as long as a sandbox runs."""

from collections.abc import Callable
from typing import Any

_ABSENT = object()


class Patches:
    """Replacements that can be taken back, latest first, so that sandboxes can follow one another in a process."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def replace(self, owner: Any, name: str, value: Any) -> Any:
        """Sets `owner.name`; returns what its own dictionary had there (static and class methods unbound), or None."""
        before = vars(owner).get(name, _ABSENT)

        def restore() -> None:
            if before is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)

        setattr(owner, name, value)
        self._undo.append(restore)
        return None if before is _ABSENT else before

    def replace_item(self, owner: dict[Any, Any], key: Any, value: Any) -> None:
        """Sets `owner[key]`."""
        before = owner.get(key, _ABSENT)

        def restore() -> None:
            if before is _ABSENT:
                owner.pop(key, None)
            else:
                owner[key] = before

        owner[key] = value
        self._undo.append(restore)

    def add(self, undo: Callable[[], None]) -> None:
        """Runs `undo` when the patches are taken back."""
        self._undo.append(undo)

    def undo(self) -> None:
        """Puts everything back. Harmless when repeated."""
        while self._undo:
            self._undo.pop()()
