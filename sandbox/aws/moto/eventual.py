"""A table with the eventual consistency of the control planes it stands for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from sandbox.aws.moto.installation import current

T = TypeVar("T")


@dataclass
class _Row(Generic[T]):
    value: T
    created: float
    deleted: float | None = None


class EventualTable(Generic[T]):
    """`get` tells the truth; `described` and `listed` tell what the service's answers show by now."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row[T]] = {}

    def put(self, key: str, value: T) -> None:
        """Adds a row, or replaces a deleted one."""
        self._rows[key] = _Row(value, current().clock.now())

    def remove(self, key: str) -> T:
        """Deletes a row. Raises KeyError when there is none."""
        row = self._rows[key]
        if row.deleted is not None:
            raise KeyError(key)
        row.deleted = current().clock.now()
        return row.value

    def get(self, key: str) -> T | None:
        """The row, if it exists."""
        row = self._rows.get(key)
        return row.value if row and row.deleted is None else None

    def described(self, key: str) -> T | None:
        """The row as a Describe call sees it: a deleted one lingers for `Delays.delete_lag`."""
        row = self._rows.get(key)
        if row is None:
            return None
        lingers = row.deleted is None or current().clock.now() - row.deleted < current().delays.delete_lag
        return row.value if lingers else None

    def settled(self, key: str) -> T | None:
        """The row, once it is older than `Delays.list_lag`."""
        row = self._rows.get(key)
        return row.value if row and row.deleted is None and self._is_listed(row) else None

    def listed(self) -> list[T]:
        """The rows as a List call sees them, in order of creation."""
        return [row.value for row in self._rows.values() if self._is_listed(row)]

    def __iter__(self) -> Iterator[T]:
        return iter([row.value for row in self._rows.values() if row.deleted is None])

    @staticmethod
    def _is_listed(row: _Row[T]) -> bool:
        now, lag = current().clock.now(), current().delays.list_lag
        if row.deleted is not None:
            return now - row.deleted < lag
        return now - row.created >= lag
