"""The team's namespace, which its quota makes and its fence is around: read once for both."""

from onboarding.cluster import Object, cluster_of
from onboarding.resource import Context


def path_of(namespace: str) -> str:
    """Where it is in the API."""
    return f"/api/v1/namespaces/{namespace}"


def read_namespace(namespace: str, context: Context) -> Object | None:
    """The namespace, or None. Raises errors of `onboarding.errors`."""
    read = cluster_of(context).get
    return context.readings.once(("namespace", namespace), lambda: read(path_of(namespace)))
