"""Label and field selectors, by equality."""

from sandbox.cluster.api.errors import bad_request
from sandbox.cluster.api.kinds import KubernetesObject

_FIELDS = {"metadata.name": "name", "metadata.namespace": "namespace"}


class Selector:
    """Which objects a list or watch wants, from its query; raises ApiError (400) on what it cannot read."""

    def __init__(self, query: dict[str, str]) -> None:
        self._labels = [_term(term) for term in _terms(query.get("labelSelector", ""))]
        self._fields = [_term(term) for term in _terms(query.get("fieldSelector", ""))]
        for key, _, _ in self._fields:
            if key not in _FIELDS:
                raise bad_request(f'"{key}" is not a known field selector: only "metadata.name", "metadata.namespace"')

    def matches(self, item: KubernetesObject) -> bool:
        """Whether an object is among them."""
        metadata = item["metadata"]
        labels = metadata.get("labels", {})
        return all(_holds(labels.get(key), wanted, equal) for key, wanted, equal in self._labels) and all(
            _holds(metadata.get(_FIELDS[key], ""), wanted, equal) for key, wanted, equal in self._fields
        )


def _terms(selector: str) -> list[str]:
    return [term.strip() for term in selector.split(",") if term.strip()]


def _term(term: str) -> tuple[str, str | None, bool]:
    """Key, wanted value (None: any), and whether it is wanted or unwanted."""
    if "(" in term or " " in term:
        raise bad_request(f"unable to parse requirement: {term}: only =, == and != are supported")
    for operator, equal in (("!=", False), ("==", True), ("=", True)):
        key, found, value = term.partition(operator)
        if found:
            return key, value, equal
    return term.removeprefix("!"), None, not term.startswith("!")


def _holds(value: str | None, wanted: str | None, equal: bool) -> bool:
    if wanted is None:
        return (value is not None) is equal
    return (value == wanted) is equal
