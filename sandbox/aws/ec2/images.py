"""The machine images that moto has ready in every account and Region."""

import threading
from typing import Any

from moto.ec2.models.amis import AmiBackend
from moto.ec2.models.elastic_block_store import EBSBackend

from sandbox.aws.moto.installation import current

_WAITING = "_images_wait"


def install() -> None:
    """Upstream: 1,300 images and their snapshots are made in each, with each reset again; here when somebody looks."""
    patches = current().patches
    make = vars(AmiBackend)["_load_amis"]
    lock = threading.RLock()

    def put_off(self: Any) -> None:
        vars(self)[_WAITING] = True

    def looked_at(name: str) -> property:
        def read(self: Any) -> Any:
            if _WAITING in vars(self):
                with lock:
                    if vars(self).pop(_WAITING, False):
                        make(self)
            return vars(self)[name]

        def write(self: Any, value: Any) -> None:
            vars(self)[name] = value

        return property(read, write)

    patches.replace(AmiBackend, "_load_amis", put_off)
    patches.replace(AmiBackend, "amis", looked_at("amis"))
    patches.replace(EBSBackend, "snapshots", looked_at("snapshots"))
