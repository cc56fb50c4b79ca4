"""Pod Security labels of a team's namespace, which task governance makes without any.

Beside each label that we set stands one of ours with what was there before: on the namespace, where no team can write.
So a namespace that stays when its team leaves has its own labels again, and labels that we do not set are left alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from onboarding import names
from onboarding.cluster import cluster_of
from onboarding.errors import Busy
from onboarding.resource import Context, Resource, State
from quota_namespace.namespace import path_of, read_namespace

_PREFIX: Final = "pod-security.kubernetes.io/"
_BEFORE: Final = "hyperpod-onboarding/before-"
_NONE: Final = "none"
"""Stands for no label; it is none of the levels, nor a version."""


class PodSecurityState(State):
    """The labels that we manage."""

    labels: dict[str, str]
    """Mode, or mode and `-version`, to what the label says; `none` where somebody has taken it off."""


@dataclass(frozen=True)
class PodSecurity(Resource[PodSecurityState]):
    """The labels of one namespace."""

    kind: ClassVar[str] = "pod-security"
    state: ClassVar[type[State]] = PodSecurityState
    goes_along: ClassVar[bool] = True

    cluster: str
    namespace: str

    @property
    def address(self) -> str:
        """Cluster and namespace."""
        return f"cluster {self.cluster} Pod Security of {self.namespace}"

    def is_of(self, context: Context) -> bool:
        """The team's own namespace."""
        return (self.cluster, self.namespace) == (context.settings.eks_cluster, names.namespace(context.team))

    def read(self, context: Context) -> PodSecurityState | None:
        """The labels that we have set; None where there are none, or the namespace is not there."""
        there = self._labels(context) or {}
        ours = {key.removeprefix(_BEFORE) for key in there if key.startswith(_BEFORE)}
        labels = {name: there.get(_PREFIX + name, _NONE) for name in sorted(ours)}
        return PodSecurityState(labels=labels) if labels else None

    def create(self, context: Context, desired: PodSecurityState) -> None:
        """Raises Busy where the namespace is not there yet."""
        self._become(context, {}, desired.labels)

    def update(self, context: Context, current: PodSecurityState, desired: PodSecurityState) -> None:
        """What is managed no more is as it was before we set it."""
        self._become(context, current.labels, desired.labels)

    def delete(self, context: Context, current: PodSecurityState) -> None:
        """All is as it was before we set it."""
        there = self._labels(context)
        if there is not None:
            self._patch(context, _restored(there, current.labels))

    def _become(self, context: Context, current: Mapping[str, str], desired: Mapping[str, str]) -> None:
        there = self._labels(context)
        if there is None:
            raise Busy(f"namespace {self.namespace} is not there yet", self.address)
        before = {_BEFORE + name: there.get(_PREFIX + name, _NONE) for name in desired if _BEFORE + name not in there}
        set_ = {_PREFIX + name: _value(label) for name, label in desired.items()}
        self._patch(context, {**_restored(there, current.keys() - desired.keys()), **before, **set_})

    def _labels(self, context: Context) -> dict[str, str] | None:
        namespace = read_namespace(self.namespace, context)
        return None if namespace is None else namespace["metadata"].get("labels", {})

    def _patch(self, context: Context, labels: Mapping[str, str | None]) -> None:
        body: dict[str, Any] = {"metadata": {"labels": dict(labels)}}
        cluster_of(context).patch(path_of(self.namespace), body)


def _restored(there: Mapping[str, str], labels: Collection[str]) -> dict[str, str | None]:
    """What brings these labels back to what was before, and takes our note of it away."""
    former = {_PREFIX + name: _value(there.get(_BEFORE + name, _NONE)) for name in labels}
    return {**former, **dict.fromkeys((_BEFORE + name for name in labels), None)}


def _value(label: str) -> str | None:
    return None if label == _NONE else label
