"""A folder as the team's pods mount it: a static PersistentVolume and the claim in the team's namespace, as one thing.

Neither is of use without the other, most of both cannot be changed once made, and the volume goes only after its claim.
So the two are bound to each other by name alone, and what differs is made anew. The data is no part of them.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from onboarding import names, ownership
from onboarding.cluster import Cluster, Object, cluster_of
from onboarding.resource import Context, Resource, State, StillSettling

DRIVER: Final = "fsx.csi.aws.com"
DRIVER_PATH: Final = f"/apis/storage.k8s.io/v1/csidrivers/{DRIVER}"
_VOLUMES: Final = "/api/v1/persistentvolumes"
# A half whose other half is gone, or was another (Kubernetes API reference, PersistentVolumeStatus and its claim's).
_APART: Final = frozenset({"Failed", "Lost", "Released"})


class VolumeState(State):
    """What is mounted, and how; None where there is no such half."""

    volume: dict[str, Any] | None
    claim: dict[str, Any] | None
    marks: dict[str, str] | None = None
    """What stands in the place of the claim's labels, which the team may change; None where they are ours."""


@dataclass(frozen=True)
class Volume(Resource[VolumeState]):
    """A volume and its claim, by namespace and both names."""

    kind: ClassVar[str] = "volume"
    state: ClassVar[type[State]] = VolumeState
    asynchronous: ClassVar[bool] = True
    goes_along: ClassVar[bool] = True

    cluster: str
    namespace: str
    claim: str
    volume: str

    @property
    def address(self) -> str:
        """Cluster, volume and claim."""
        return f"cluster {self.cluster} volume {self.volume} for claim {self.namespace}/{self.claim}"

    def is_of(self, context: Context) -> bool:
        """A claim in the team's namespace, and the volume of that name."""
        own = (names.namespace(context.team), names.volume(context.team, self.claim))
        return self.cluster == context.settings.eks_cluster and (self.namespace, self.volume) == own

    def read(self, context: Context) -> VolumeState | None:
        """Both halves' managed fields, and the claim's marks.

        Raises Conflict for a volume that is not ours, and for a claim that was in the namespace before the team,
        StillSettling until they are bound to each other, or gone.
        """
        cluster = cluster_of(context)
        volume, claim = cluster.get(self._volume_path), cluster.get(self._claim_path)
        self._refuse_foreign(volume, context)
        if context.joining:
            self._refuse_foreign(claim, context)
        self._wait_for_leaving(volume, claim)
        if volume is None and claim is None:
            return None
        phases = {half["status"]["phase"] for half in (volume, claim) if half}
        apart = volume is None or claim is None or bool(phases & _APART)
        if not apart and phases != {"Bound"}:
            raise StillSettling(f"is not bound yet ({', '.join(sorted(phases))})")
        return VolumeState(
            volume=managed_volume(volume["spec"]) if volume else None,
            # A claim whose volume is gone, or waits for one that is gone, is of no use: both are made anew.
            claim=managed_claim(claim["spec"]) if claim and not apart else None,
            marks=ownership.strange(claim["metadata"].get("labels"), context.team, context.settings.stack)
            if claim and not apart
            else None,
        )

    def create(self, context: Context, desired: VolumeState) -> None:
        """The volume, which waits for this claim alone; then the claim, which asks for this volume alone."""
        cluster = cluster_of(context)
        ours = ownership.marks(context.team, context.settings.stack)
        metadata = {"name": self.volume, "labels": ours}
        _make(cluster, "PersistentVolume", _VOLUMES, metadata, desired.volume)
        labels = {key: value for key, value in self._labels(context, desired).items() if value is not None}
        metadata = {"name": self.claim, "namespace": self.namespace, "labels": labels}
        _make(cluster, "PersistentVolumeClaim", self._claims, metadata, desired.claim)

    def update(self, context: Context, current: VolumeState, desired: VolumeState) -> None:
        """Takes away what is there; the next look finds nothing, and makes it anew. Pods that mount it hold it up.
        Where the claim's marks are all that differs, they are put back.
        """
        if current.model_copy(update={"marks": desired.marks}) == desired:
            cluster_of(context).patch(self._claim_path, {"metadata": {"labels": self._labels(context, desired)}})
        else:
            self.delete(context, current)

    def delete(self, context: Context, current: VolumeState) -> None:
        """The claim, then the volume. The file system and its files are not touched: the volume is `Retain`."""
        cluster = cluster_of(context)
        cluster.delete(self._claim_path)
        cluster.delete(self._volume_path)

    def _labels(self, context: Context, state: VolumeState) -> dict[str, str | None]:
        return ownership.labels(state.marks, context.team, context.settings.stack)

    def _refuse_foreign(self, half: Object | None, context: Context) -> None:
        if half is not None:
            labels = half["metadata"].get("labels")
            ownership.refuse_foreign(labels, context.team, context.settings.stack, self.address)

    def _wait_for_leaving(self, *halves: Object | None) -> None:
        for half in halves:
            if half is not None and half["metadata"].get("deletionTimestamp"):
                raise StillSettling(f"{half['metadata']['name']} is being deleted, once no pod mounts it")

    @property
    def _claims(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/persistentvolumeclaims"

    @property
    def _claim_path(self) -> str:
        return f"{self._claims}/{self.claim}"

    @property
    def _volume_path(self) -> str:
        return f"{_VOLUMES}/{self.volume}"


def _make(cluster: Cluster, kind: str, collection: str, metadata: dict[str, Any], spec: dict[str, Any] | None) -> None:
    cluster.create(collection, {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec})


def managed_volume(spec: dict[str, Any]) -> dict[str, Any]:
    """What we say of a volume, without what the API server adds; what it leaves out is said again."""
    csi, claim = spec.get("csi", {}), spec.get("claimRef", {})
    return {
        "capacity": spec["capacity"],
        "accessModes": spec["accessModes"],
        "claimRef": {"namespace": claim.get("namespace"), "name": claim.get("name")},
        "persistentVolumeReclaimPolicy": spec.get("persistentVolumeReclaimPolicy"),
        "storageClassName": spec.get("storageClassName", ""),
        "mountOptions": spec.get("mountOptions", []),
        "csi": {
            "driver": csi.get("driver"),
            "volumeHandle": csi.get("volumeHandle"),
            "readOnly": csi.get("readOnly", False),
            "volumeAttributes": csi.get("volumeAttributes", {}),
        },
    }


def managed_claim(spec: dict[str, Any]) -> dict[str, Any]:
    """The same of a claim."""
    return {
        "accessModes": spec["accessModes"],
        "resources": {"requests": spec["resources"]["requests"]},
        "storageClassName": spec.get("storageClassName"),
        "volumeName": spec.get("volumeName"),
    }
