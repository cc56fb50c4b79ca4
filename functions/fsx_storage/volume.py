"""A folder as the team's pods mount it: a static PersistentVolume and the claim in the team's namespace, as one thing.

Neither is of use without the other, most of both cannot be changed once made, and the volume goes only after its claim.
So the two are bound to each other by name alone, and what differs is made anew. The data is no part of them.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from onboarding import ownership
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

    def read(self, context: Context) -> VolumeState | None:
        """Both halves' managed fields.

        Raises StillSettling until they are bound to each other, or gone.
        """
        cluster = cluster_of(context)
        volume, claim = cluster.get(self._volume_path), cluster.get(self._claim_path)
        for half in (volume, claim):
            self._refuse_unusable(half, context)
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
        )

    def create(self, context: Context, desired: VolumeState) -> None:
        """The volume, which waits for this claim alone; then the claim, which asks for this volume alone."""
        cluster = cluster_of(context)
        self._make(cluster, "PersistentVolume", _VOLUMES, {"name": self.volume}, desired.volume, context)
        metadata = {"name": self.claim, "namespace": self.namespace}
        self._make(cluster, "PersistentVolumeClaim", self._claims, metadata, desired.claim, context)

    def update(self, context: Context, current: VolumeState, desired: VolumeState) -> None:
        """Takes away what is there; the next look finds nothing, and makes it anew. Pods that mount it hold it up."""
        self.delete(context, current)

    def delete(self, context: Context, current: VolumeState) -> None:
        """The claim, then the volume. The file system and its files are not touched: the volume is `Retain`."""
        cluster = cluster_of(context)
        cluster.delete(self._claim_path)
        cluster.delete(self._volume_path)

    def _make(
        self,
        cluster: Cluster,
        kind: str,
        collection: str,
        metadata: dict[str, Any],
        spec: dict[str, Any] | None,
        context: Context,
    ) -> None:
        labels = ownership.marks(context.team, context.settings.stack)
        body = {"apiVersion": "v1", "kind": kind, "metadata": {**metadata, "labels": labels}, "spec": spec}
        cluster.create(collection, body)

    def _refuse_unusable(self, half: Object | None, context: Context) -> None:
        if half is None:
            return
        ownership.refuse_foreign(half["metadata"].get("labels"), context.team, context.settings.stack, self.address)
        if half["metadata"].get("deletionTimestamp"):
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
