"""How a folder of a file system is mounted, by the conventions of the FSx CSI driver and of Kubernetes."""

from typing import Any, Final

from fsx_storage.file_system import FileSystem
from fsx_storage.volume import DRIVER, VolumeState, managed_claim, managed_volume
from onboarding.storage import Storage

# Jobs on several nodes lock files; without it a lock holds on one node only (FSx CSI driver, examples).
_OPTIONS: Final = ["flock"]


def wanted(storage: Storage, file_system: FileSystem, namespace: str, volume: str) -> VolumeState:
    """The volume and its claim for one storage of a team.

    The driver mounts DNSNAME@tcp:/MOUNTNAME (aws-fsx-csi-driver, pkg/driver/node.go), so the folder goes behind the
    mount name, and nothing above it is in sight. Kubernetes tells volumes of one driver apart by their handle alone:
    two of one file system need two, or no pod can mount both (aws-fsx-csi-driver #328).
    """
    capacity = {"storage": f"{storage.capacity_gi_b}Gi"}
    read_only = storage.access_mode == "ReadOnlyMany"
    return VolumeState(
        volume=managed_volume(
            {
                "capacity": capacity,
                # Kubernetes hands the driver the first mode, and ReadOnlyMany is none that it takes (its
                # controller.go): `readOnly` is what makes the mount read-only.
                "accessModes": ["ReadWriteMany", "ReadOnlyMany"] if read_only else ["ReadWriteMany"],
                "claimRef": {"namespace": namespace, "name": storage.name},
                "persistentVolumeReclaimPolicy": "Retain",
                "mountOptions": _OPTIONS,
                "csi": {
                    "driver": DRIVER,
                    "volumeHandle": f"{file_system.id}:{storage.folder}",
                    "readOnly": read_only,
                    "volumeAttributes": _attributes(storage, file_system),
                },
            }
        ),
        claim=managed_claim(
            {
                "accessModes": [storage.access_mode],
                "resources": {"requests": capacity},
                # No class at all, so that no default class makes a volume for it.
                "storageClassName": "",
                "volumeName": volume,
            }
        ),
    )


def _attributes(storage: Storage, file_system: FileSystem) -> dict[str, Any]:
    return {"dnsname": file_system.dns_name, "mountname": f"{file_system.mount_name}{storage.folder}"}
