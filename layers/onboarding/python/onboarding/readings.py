"""What one invocation has read already, and need not ask for again."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Readings:
    """Answers that hold until this invocation writes something. What must be read under a lock is not read here."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Any] = {}

    def once(self, what: Hashable, read: Callable[[], T]) -> T:
        """What `read` answers, or has answered to the same question. An error is no answer: the next one asks again.

        Whoever gets the answer must not change it.
        """
        if what not in self._answers:
            self._answers[what] = read()
        answer: T = self._answers[what]
        return answer

    def forget(self) -> None:
        """Something is written, or may have been."""
        self._answers.clear()
