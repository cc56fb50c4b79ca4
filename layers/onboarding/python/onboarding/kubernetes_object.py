"""An object of ours in Kubernetes: a service account, a Role, a binding, a part of the fence.

Whose a cluster-wide object is, its labels say. In a team's namespace they do not: the team may change them there. What
has a name of ours in it is ours from the team's first plan on, and a mark that is missing is put back like any field.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from onboarding import names, ownership
from onboarding.cluster import cluster_of
from onboarding.resource import Context, Resource, State

_RBAC: Final = "rbac.authorization.k8s.io/v1"

# Where each kind lives in the API, and its fields that we manage.
_KINDS: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "ServiceAccount": ("v1", "serviceaccounts", ("imagePullSecrets",)),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies", ("spec",)),
    "LimitRange": ("v1", "limitranges", ("spec",)),
    "ResourceQuota": ("v1", "resourcequotas", ("spec",)),
    "Role": (_RBAC, "roles", ("rules",)),
    "RoleBinding": (_RBAC, "rolebindings", ("roleRef", "subjects")),
    "ClusterRole": (_RBAC, "clusterroles", ("rules",)),
    "ClusterRoleBinding": (_RBAC, "clusterrolebindings", ("roleRef", "subjects")),
}

_OPTIONAL: Final = frozenset({"imagePullSecrets"})
"""Fields that we manage only where the request says what they are to be."""


class ObjectState(State):
    """The managed fields, and the marks where somebody has changed them."""

    fields: dict[str, Any]
    marks: dict[str, str] | None = None
    """What stands in the place of our labels; None where they are ours."""


@dataclass(frozen=True)
class KubernetesObject(Resource[ObjectState]):
    """An object, by kind, namespace (empty for cluster-wide ones) and name."""

    kind: ClassVar[str] = "kubernetes-object"
    state: ClassVar[type[State]] = ObjectState
    goes_along: ClassVar[bool] = True

    cluster: str
    object_kind: str
    namespace: str
    name: str

    @property
    def address(self) -> str:
        """Cluster, kind, namespace and name."""
        return f"cluster {self.cluster} {self.object_kind} {f'{self.namespace}/' if self.namespace else ''}{self.name}"

    def is_of(self, context: Context) -> bool:
        """In the team's namespace, or named after the team; a service account is the team's to name."""
        team, namespace = context.team, names.namespace(context.team)
        own = {
            "ServiceAccount": (namespace, self.name),
            **dict.fromkeys(("NetworkPolicy", "LimitRange", "ResourceQuota"), (namespace, names.FENCE)),
            "Role": (namespace, names.namespaced_role(team)),
            "RoleBinding": (namespace, names.namespaced_role(team)),
            "ClusterRole": ("", names.cluster_reader(team)),
            "ClusterRoleBinding": ("", names.cluster_reader(team)),
        }
        here = self.cluster == context.settings.eks_cluster
        return here and own.get(self.object_kind) == (self.namespace, self.name)

    def read(self, context: Context) -> ObjectState | None:
        """The object's managed fields.

        Raises Conflict for a cluster-wide one that is not ours, and for one that was in the namespace before the team.
        """
        found = cluster_of(context).get(self._path)
        if found is None:
            return None
        labels, stack = found["metadata"].get("labels"), context.settings.stack
        if context.joining or not self.namespace:
            ownership.refuse_foreign(labels, context.team, stack, self.address)
        return ObjectState(
            # Kubernetes leaves an empty list out.
            fields={field: found.get(field, []) for field in self._fields if field in found or field in _OPTIONAL},
            marks=ownership.strange(labels, context.team, stack),
        )

    def as_asked(self, found: ObjectState | None, wanted: ObjectState | None) -> ObjectState | None:
        """Without the fields of which the request says nothing: those are the team's own."""
        if found is None or wanted is None:
            return found
        unasked = _OPTIONAL - wanted.fields.keys()
        return found.model_copy(update={"fields": {k: v for k, v in found.fields.items() if k not in unasked}})

    def create(self, context: Context, desired: ObjectState) -> None:
        """With its labels in the same call."""
        version, _, _ = _KINDS[self.object_kind]
        metadata: dict[str, Any] = {
            "name": self.name,
            "labels": {key: value for key, value in self._labels(context, desired).items() if value is not None},
            **({"namespace": self.namespace} if self.namespace else {}),
        }
        body = {"apiVersion": version, "kind": self.object_kind, "metadata": metadata, **desired.fields}
        cluster_of(context).create(self._collection, body)

    def update(self, context: Context, current: ObjectState, desired: ObjectState) -> None:
        """Only the managed fields and our labels: labels and annotations of others stay. What a binding refers to
        cannot be changed (Kubernetes documentation, "Using RBAC Authorization"), so that such a one is made anew.
        """
        if current.fields.get("roleRef") != desired.fields.get("roleRef"):
            self.delete(context, current)
            self.create(context, desired)
            return
        metadata = {"metadata": {"labels": self._labels(context, desired)}} if current.marks != desired.marks else {}
        cluster_of(context).patch(self._path, {**metadata, **desired.fields})

    def delete(self, context: Context, current: ObjectState) -> None:
        """The object alone."""
        cluster_of(context).delete(self._path)

    def _labels(self, context: Context, state: ObjectState) -> dict[str, str | None]:
        return ownership.labels(state.marks, context.team, context.settings.stack)

    @property
    def _fields(self) -> tuple[str, ...]:
        return _KINDS[self.object_kind][2]

    @property
    def _collection(self) -> str:
        version, plural, _ = _KINDS[self.object_kind]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        return f"{root}/namespaces/{self.namespace}/{plural}" if self.namespace else f"{root}/{plural}"

    @property
    def _path(self) -> str:
        return f"{self._collection}/{self.name}"
