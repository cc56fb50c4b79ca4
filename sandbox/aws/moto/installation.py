"""What the backends of one sandbox share: its clock, its delays, its patches."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.aws.moto.patches import Patches
from sandbox.runtime.clock import Clock


@dataclass
class Delays:
    """How long the services take, in sandbox seconds."""

    quota: float = 20.0
    """A compute quota: Creating to Created, and likewise for update and delete."""
    namespace: float = 5.0
    """From Created until the team's namespace exists, and from Deleted until it is removed."""
    role_visible: float = 0.0
    """A new IAM role is unknown to EKS, S3, KMS and to policies that name it this long."""
    list_lag: float = 0.0
    """List* answers miss a new thing, or still show a deleted one, this long."""
    delete_lag: float = 0.0
    """A deleted pod identity association or access entry is still described this long."""
    link: float = 20.0
    """A data repository association: CREATING to AVAILABLE, and likewise for update and delete."""
    addon: float = 0.0
    """An add-on: CREATING to ACTIVE, and DELETING to gone."""
    quota_kept: float = 3600.0
    """A deleted compute quota is shown with status Deleted this long."""


class NamespaceMaker(Protocol):
    """The side of task governance that acts on Kubernetes."""

    def make(self, team: str) -> None:
        """Makes the team's namespace, ClusterQueue and LocalQueue; they may exist already."""

    def remove(self, team: str) -> None:
        """Removes what `make` made; it may be gone already."""


@dataclass
class Installation:
    """One sandbox's backends in this process."""

    clock: Clock
    delays: Delays
    namespaces: NamespaceMaker
    removes_namespace: bool = True
    """Whether deleting a quota removes the namespace; AWS does not document it."""
    why_not: Callable[[str, str, str], str | None] = lambda role, action, resource: None
    """Why a role may not do something to a resource, where a service would act as that role; none when it may."""
    patches: Patches = field(default_factory=Patches)
    lock: threading.RLock = field(default_factory=threading.RLock)
    quota_scripts: dict[str, deque[str]] = field(default_factory=dict)
    """Team to the outcomes that its next quota operations shall have."""
    namespace_work: deque[tuple[str, str]] = field(default_factory=deque)
    """What `namespaces` still has to do: (make | remove, team)."""
    namespace_worker: bool = False
    """Whether a thread is doing it."""


# moto's backends are process-wide, so what extends them is as well.
_installed: list[Installation] = []


def current() -> Installation:
    """The installation in force. Raises RuntimeError when there is none."""
    if not _installed:
        raise RuntimeError("sandbox.aws.services.install has not been called")
    return _installed[-1]


def is_current(installation: Installation) -> bool:
    """Whether that installation is still in force."""
    return bool(_installed) and _installed[-1] is installation


def begin(installation: Installation) -> None:
    """Puts the installation in force and takes back the one before."""
    end()
    _installed.append(installation)


def end() -> None:
    """Takes back the installation in force, if any."""
    while _installed:
        _installed.pop().patches.undo()
