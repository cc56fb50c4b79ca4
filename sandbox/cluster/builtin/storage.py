"""Where the built-in server keeps its objects: versions, identity, and what happened since."""

import datetime
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.cluster.api.errors import already_exists, conflict, not_found
from sandbox.cluster.api.kinds import Kind, KubernetesObject
from sandbox.runtime.json_values import copied

_MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
# What only the server sets; an update cannot change it.
_SERVER_METADATA = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation")


@dataclass(frozen=True)
class Event:
    """One change: ADDED, MODIFIED or DELETED."""

    version: int
    type: str
    kind: Kind
    object: KubernetesObject


class Store:
    """Objects by kind, namespace and name. Everything returned is a copy. Hold `lock` to read and write as one."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._objects: defaultdict[Kind, dict[tuple[str | None, str], KubernetesObject]] = defaultdict(dict)
        self._events: list[Event] = []
        self._version = 0
        self._closed = False

    def get(self, kind: Kind, namespace: str | None, name: str) -> KubernetesObject:
        """Raises ApiError (404) when there is none."""
        with self.lock:
            return copied(self._stored(kind, namespace, name))

    def find(self, kind: Kind, namespace: str | None, name: str) -> KubernetesObject | None:
        """The object, or None."""
        with self.lock:
            return copied(self._objects[kind].get((namespace, name)))

    def list(
        self, kind: Kind, namespace: str | None = None, fits: Callable[[KubernetesObject], bool] = lambda _: True
    ) -> tuple[list[KubernetesObject], str]:
        """The objects of one namespace, or of all, that fit, in order; and the version of the whole."""
        with self.lock:
            objects = self._objects[kind]
            keys = [key for key, found in objects.items() if namespace in (None, key[0]) and fits(found)]
            keys.sort(key=lambda key: (key[0] or "", key[1]))
            return [copied(objects[key]) for key in keys], str(self._version)

    def create(self, kind: Kind, new: KubernetesObject) -> KubernetesObject:
        """Raises ApiError (409) when the name is taken."""
        key = _key(new)
        with self.lock:
            if key in self._objects[kind]:
                raise already_exists(kind, key[1])
            stored = copied(new)
            metadata = stored["metadata"]
            for field in _SERVER_METADATA:
                metadata.pop(field, None)
            metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": _timestamp()}
            if kind.custom:
                metadata["generation"] = 1
            self._put(kind, key, stored, "ADDED")
            return copied(stored)

    def update(self, kind: Kind, new: KubernetesObject) -> KubernetesObject:
        """Replaces an object, if it is still the one of `new`'s resourceVersion and uid, where `new` has them.

        Raises ApiError: 404 when there is none, 409 when it is another.
        """
        key = _key(new)
        with self.lock:
            current = self._stored(kind, *key)
            check_preconditions(kind, current, new["metadata"])
            stored = copied(new)
            metadata = stored["metadata"]
            for field in (*_SERVER_METADATA, "resourceVersion"):
                metadata.pop(field, None)
                if field in current["metadata"]:
                    metadata[field] = current["metadata"][field]
            if stored == current:
                return copied(current)
            if kind.custom and _content(stored) != _content(current):
                metadata["generation"] += 1
            # What waited for its last finalizer goes with it.
            if (
                "deletionTimestamp" in metadata
                and current["metadata"].get("finalizers")
                and "finalizers" not in metadata
            ):
                return self.remove(kind, *key)
            self._put(kind, key, stored, "MODIFIED")
            return copied(stored)

    def mark_deleted(self, kind: Kind, namespace: str | None, name: str) -> KubernetesObject:
        """Sets the deletion timestamp, once, and a namespace's phase."""
        with self.lock:
            stored = copied(self._stored(kind, namespace, name))
            if "deletionTimestamp" not in stored["metadata"]:
                stored["metadata"] |= {"deletionTimestamp": _timestamp(), "deletionGracePeriodSeconds": 0}
                if "status" in stored:
                    stored["status"]["phase"] = "Terminating"
                self._put(kind, (namespace, name), stored, "MODIFIED")
            return copied(stored)

    def remove(self, kind: Kind, namespace: str | None, name: str) -> KubernetesObject:
        """Takes an object away, whatever its finalizers; raises ApiError (404) when there is none."""
        with self.lock:
            gone = copied(self._stored(kind, namespace, name))
            self._put(kind, (namespace, name), gone, "DELETED")
            return copied(gone)

    def watch(
        self, kind: Kind, namespace: str | None, since: int | None, seconds: float, matches: Callable[[Event], bool]
    ) -> Iterator[Event]:
        """The changes after version `since`, for `seconds` (real ones); from what there is now when `since` is None."""
        with self.lock:
            waiting = [Event(self._version, "ADDED", kind, item) for item in self.list(kind, namespace)[0]]
            position = len(self._events)
            if since is not None:
                waiting = []
                position = next((i for i, event in enumerate(self._events) if event.version > since), position)
        end = datetime.datetime.now() + datetime.timedelta(seconds=seconds)
        while True:
            yield from (event for event in waiting if matches(event))
            with self.lock:
                left = (end - datetime.datetime.now()).total_seconds()
                if left <= 0 or self._closed:
                    return
                if position == len(self._events):
                    self._changed.wait(left)
                news = self._events[position:]
                position = len(self._events)
            waiting = [e for e in news if e.kind is kind and namespace in (None, e.object["metadata"].get("namespace"))]

    def close(self) -> None:
        """Ends every watch."""
        with self.lock:
            self._closed = True
            self._changed.notify_all()

    def _stored(self, kind: Kind, namespace: str | None, name: str) -> KubernetesObject:
        try:
            return self._objects[kind][namespace, name]
        except KeyError:
            raise not_found(kind, name) from None

    def _put(self, kind: Kind, key: tuple[str | None, str], stored: KubernetesObject, change: str) -> None:
        self._version += 1
        stored["metadata"]["resourceVersion"] = str(self._version)
        if change == "DELETED":
            del self._objects[kind][key]
        else:
            self._objects[kind][key] = stored
        self._events.append(Event(self._version, change, kind, copied(stored)))
        self._changed.notify_all()


def check_preconditions(kind: Kind, current: KubernetesObject, expected: KubernetesObject) -> None:
    """Raises ApiError (409) when `expected` has a uid or resourceVersion that `current` has not."""
    metadata = current["metadata"]
    if expected.get("uid") and expected["uid"] != metadata["uid"]:
        why = f"Precondition failed: UID in precondition: {expected['uid']}, UID in object meta: {metadata['uid']}"
        raise conflict(kind, metadata["name"], why)
    if expected.get("resourceVersion") and expected["resourceVersion"] != metadata["resourceVersion"]:
        raise conflict(kind, metadata["name"], _MODIFIED)


def _key(item: KubernetesObject) -> tuple[str | None, str]:
    return item["metadata"].get("namespace"), item["metadata"]["name"]


def _content(item: KubernetesObject) -> KubernetesObject:
    return {field: value for field, value in item.items() if field not in ("metadata", "status")}


def _timestamp() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
