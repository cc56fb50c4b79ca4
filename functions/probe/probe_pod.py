"""The pod that proves a team's access: made, waited for, heard and taken away again.

Its name is the stack's in every team's namespace: another's pod of that name, which stops no team, makes way for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from pydantic import Field

from onboarding import names, ownership
from onboarding.cluster import Object, cluster_of
from onboarding.errors import ProbeInconclusive, ProbeRefused
from onboarding.request import PodAccount, TeamRequest
from onboarding.resource import Context, State, StillSettling, Trial
from onboarding.team_fence import fence_of
from probe.attempts import attempts, from_arguments, proving
from probe.choices import Choices, choices
from probe.fence import Part, by_outcome, fence_attempts
from probe.forbidden_pods import forbidden_parts
from probe.manifest import has_credentials, manifest, tried_by
from probe.neighbours import neighbours
from probe.progress import Progress, progress_of
from probe.verdict import verdict

ADMITTED_TOO_EARLY_SECONDS: Final = 180
"""How long pods are made anew that EKS admits without credentials; an association takes seconds to be known."""


class PodState(State):
    """That it is there, as it was made."""

    manifest: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class ProbePod(Trial[PodState]):
    """A pod, by namespace and name."""

    kind: ClassVar[str] = "probe-pod"
    state: ClassVar[type[State]] = PodState

    cluster: str
    namespace: str
    name: str

    @property
    def address(self) -> str:
        """Cluster, namespace and name."""
        return f"cluster {self.cluster} Pod {self.namespace}/{self.name}"

    def is_of(self, context: Context) -> bool:
        """In the team's namespace, of the one name that probes have."""
        own = (context.settings.eks_cluster, names.namespace(context.team), names.PROBE)
        return (self.cluster, self.namespace, self.name) == own

    def read(self, context: Context) -> PodState | None:
        """That it is there; nothing of it is compared. Another's is as good as none, and so is one on its way out, but
        for a team that leaves.

        Raises StillSettling while that one's is being deleted.
        """
        pod = self._found(context)
        if pod is None or not self._is_ours(pod, context):
            return None
        if not pod["metadata"].get("deletionTimestamp"):
            return PodState()
        if context.leaving:
            raise StillSettling("is being deleted")
        return None

    def create(self, context: Context, desired: PodState) -> None:
        """With its labels in the same call."""
        cluster_of(context).create(self._collection, desired.manifest)

    def update(self, context: Context, current: PodState, desired: PodState) -> None:
        """A pod that is there goes on: what it tries cannot change."""

    def delete(self, context: Context, current: PodState) -> None:
        """It is asked to end, and puts away what it has written."""
        cluster_of(context).delete(self._path)

    def outcome(self, request: TeamRequest, context: Context, waited: int) -> dict[str, Any]:
        """What the pod has proven, or why it could not try.

        Raises ProbeRefused where it found something wrong, ProbeInconclusive where the stack wants proof and has none.
        """
        pod, chosen = self._found(context), choices()
        if pod is None:
            self._start(request, context, chosen)
            raise StillSettling("was started")
        if why := self._in_the_way(pod, context):
            # Whoever makes another's pod again and again, or holds one by a finalizer, has no say in the team's access.
            return self._make_way(pod, why, context, chosen, waited)
        if not has_credentials(pod):
            self.delete(context, PodState())
            if waited >= ADMITTED_TOO_EARLY_SECONDS:
                account = f"{self.namespace}/{_proving(request).name}"
                raise ProbeRefused(f"EKS gives pods of service account {account} no credentials")
            raise StillSettling("was admitted without credentials, and another one follows")
        progress = progress_of(pod)
        if not progress.ended and waited < chosen.seconds:
            raise StillSettling(progress.what)
        if progress.said is None:
            self.delete(context, PodState())
            return _unproven(progress, chosen)
        # Before it goes: an answer that does not come is asked for again, and finds what the pod has said.
        pods = list(self._forbidden(request, context, chosen))
        self.delete(context, PodState())
        found = verdict(from_arguments(tried_by(pod)), progress.said)
        parts = [*found.fence, *pods]
        if chosen.roll_back_open and (
            wrong := [part.words for part in parts if part.shown == "open" and part.decisive]
        ):
            raise ProbeRefused("the fence is open: " + "; ".join(wrong))
        return {"result": "proven", "at": progress.at, "tried": found.tried, "fence": by_outcome(parts)}

    def _forbidden(self, request: TeamRequest, context: Context, chosen: Choices) -> Iterator[Part]:
        may_be = manifest(request, _proving(request), [], context.settings, chosen)
        return forbidden_parts(cluster_of(context), self._collection, may_be)

    def _start(self, request: TeamRequest, context: Context, chosen: Choices) -> None:
        others = neighbours(request, context)
        tried = [
            *attempts(request, others.points, context.settings),
            *fence_attempts(fence_of(request, context).network, chosen.service, others.fenced),
        ]
        self.create(context, PodState(manifest=manifest(request, _proving(request), tried, context.settings, chosen)))

    def _in_the_way(self, pod: Object, context: Context) -> str:
        if pod["metadata"].get("deletionTimestamp"):
            return "is being deleted"
        return "" if self._is_ours(pod, context) else "is in the way of the stack's own, which follows"

    def _make_way(self, pod: Object, why: str, context: Context, chosen: Choices, waited: int) -> dict[str, Any]:
        if not pod["metadata"].get("deletionTimestamp"):
            self.delete(context, PodState())
        if waited < chosen.seconds:
            raise StillSettling(why)
        return _unproven(Progress(f"another pod of its name {why}"), chosen)

    def _is_ours(self, pod: Object, context: Context) -> bool:
        return ownership.is_ours(pod["metadata"].get("labels"), context.team, context.settings.stack)

    def _found(self, context: Context) -> Object | None:
        return cluster_of(context).get(self._path)

    @property
    def _collection(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods"

    @property
    def _path(self) -> str:
        return f"{self._collection}/{self.name}"


def _proving(request: TeamRequest) -> PodAccount:
    account = proving(request)
    assert account is not None, "the step wants no pod for a team of which no service account has datasets"  # noqa: S101
    return account


def _unproven(progress: Progress, chosen: Choices) -> dict[str, Any]:
    reason = f"the pod could not try: {progress.what}"
    if chosen.roll_back_unproven:
        raise ProbeInconclusive(reason)
    return {"result": "inconclusive", "reason": reason}
