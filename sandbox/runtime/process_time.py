"""The time that a function or container sees where the clock is a virtual one: the time of day, and how it sleeps."""

import http.client
import mmap
import struct
import time
from typing import Final, TypedDict
from urllib.parse import urlsplit

from sandbox.runtime.activity import HEADER, PAUSE_PATH

TIME_OF_DAY: Final = struct.Struct("d")
"""How the file holds it: seconds since 1970."""


class ProcessTime(TypedDict):
    """What a process needs for it."""

    file: str
    """Where the time of day is, in seconds."""
    url: str
    """Where the sandbox answers."""
    key: str
    """Of the activity that the process is part of."""


def install(given: ProcessTime) -> None:
    """Puts `time.time` and `time.sleep` of this process on the clock.

    `datetime` stays as it is: signatures and sessions are of the real day, on both sides.
    """
    with open(given["file"], "rb") as file:
        shown = mmap.mmap(file.fileno(), TIME_OF_DAY.size, prot=mmap.PROT_READ)
    address = urlsplit(given["url"])

    def now() -> float:
        seconds: float = TIME_OF_DAY.unpack_from(shown)[0]
        return seconds

    def sleep(seconds: float) -> None:
        asked = http.client.HTTPConnection(address.hostname or "", address.port)
        asked.request("POST", f"{PAUSE_PATH}?seconds={seconds}", headers={HEADER: given["key"]})
        asked.getresponse().read()
        asked.close()

    time.time = now
    time.time_ns = lambda: int(now() * 1_000_000_000)
    setattr(time, "sleep", sleep)  # noqa: B010 # declared with more types than any caller here has
