"""What the built-in server tells clients about itself: versions, groups and resources."""

from collections.abc import Mapping
from typing import Any

from sandbox.cluster.api.kinds import SERVED, Kind

_VERSION = {
    "major": "1",
    "minor": "32",
    "gitVersion": "v1.32.0-sandbox",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "",
}


def describe(path: str) -> Mapping[str, Any] | None:
    """The discovery document of a path, or None."""
    return _documents().get(path.rstrip("/"))


def _documents() -> dict[str, Mapping[str, Any]]:
    documents: dict[str, Mapping[str, Any]] = {
        "/version": _VERSION,
        "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
    }
    groups = []
    for group, version in sorted({(kind.group, kind.version) for kind in SERVED}):
        kinds = [kind for kind in SERVED if kind.group == group]
        root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        documents[root] = {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": kinds[0].api_version,
            "resources": [_resource(kind) for kind in kinds],
        }
        if group:
            served = {"groupVersion": kinds[0].api_version, "version": version}
            groups.append({"name": group, "versions": [served], "preferredVersion": served})
            documents[f"/apis/{group}"] = {"kind": "APIGroup", "apiVersion": "v1", **groups[-1]}
    documents["/apis"] = {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    return documents


def _resource(kind: Kind) -> dict[str, Any]:
    described = {
        "name": kind.plural,
        "singularName": kind.name.lower(),
        "namespaced": kind.namespaced,
        "kind": kind.name,
        "verbs": list(kind.verbs),
    }
    return described | ({"shortNames": list(kind.short_names)} if kind.short_names else {})
