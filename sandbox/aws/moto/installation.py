"""What the backends of one sandbox share: its clock, its delays, its patches."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

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
    entry_known: float = 0.0
    """The cluster answers 401 to a new access entry's principal this long."""
    grant: float = 0.0
    """A KMS grant lets nobody in this long (up to five minutes; KMS developer guide, "Grants in AWS KMS")."""
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


ReadBack = Literal["as documented", "in full", "sparse"]
"""The documented way fills in by ratio what a row of accelerators, vCPUs, memory or a partition leaves out. AWS does
not say whether rows of whole instances are filled in as well, and with zeros (in full), or zeros left out (sparse)."""


class NamespaceMaker(Protocol):
    """The side of task governance that acts on Kubernetes."""

    def make(self, team: str, quota: Mapping[str, Any]) -> None:
        """Makes the team's namespace, ClusterQueue and LocalQueue, or brings those that exist to the quota: its
        ComputeQuotaConfig, each row with all that it comes to.
        """

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
    takes_own_username: bool = True
    """Whether EKS takes from others the user name of an access entry that it gives itself; AWS does not document it."""
    disabled_makes_namespace: bool = True
    """Whether a quota that is disabled has its namespace made; AWS does not document it."""
    refuses_doubtful_links: bool = False
    """Whether FSx refuses a link where its file system is backed up automatically, or one prefix lies in another's; its
    documentation says of the one that it is not supported, of the other that prefixes are to be unique."""
    read_back: ReadBack = "as documented"
    """What else a quota is answered with than what was asked for."""
    why_not: Callable[[str, str, str], str | None] = lambda role, action, resource: None
    """Why a role may not do something to a resource, where a service would act as that role; none when it may."""
    patches: Patches = field(default_factory=Patches)
    tokens_from: datetime | None = None
    """Kubernetes tokens that were signed before are too old, as after a function was frozen; none for as in AWS."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    quota_scripts: dict[str, deque[str]] = field(default_factory=dict)
    """Team to the outcomes that its next quota operations shall have."""
    namespace_work: deque[tuple[str, str, Mapping[str, Any]]] = field(default_factory=deque)
    """What `namespaces` still has to do: (make | remove, team, its quota)."""
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
