"""Two teams with folders of one file system: a volume is its own team's, and nobody makes or takes another."""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client import ApiException, CoreV1Api

from onboarding import names
from proofs.isolation.actors import Actors
from proofs.isolation.teams import TEAMS, Team, settle_in
from proofs.permissions.teams import onboard, with_folders
from sandbox.cloud import running

OWNER, OTHER = TEAMS[:2]
FOLDER = "folder-0"
VOLUME = names.volume(OWNER.name, FOLDER)


@pytest.fixture(scope="module")
def actors() -> Iterator[Actors]:
    with running() as cloud:
        settle_in(cloud, (OWNER, OTHER))
        for team in (OWNER, OTHER):
            onboard(cloud, with_folders(team.detail, *team.detail["datasets"]))
        yield Actors(cloud)


@pytest.fixture
def administrator(actors: Actors) -> Any:
    return CoreV1Api(actors.cloud.kubernetes.admin())


@pytest.fixture
def thief(actors: Actors) -> Any:
    """The Kubernetes API as a scientist of the other team has it."""
    return CoreV1Api(actors.kubernetes(actors.scientist(OTHER)))


def claim(name: str, volume: str) -> dict[str, Any]:
    spec = {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "",
        "volumeName": volume,
    }
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def phase(api: Any, name: str) -> str:
    return str(api.read_namespaced_persistent_volume_claim(name, OTHER.namespace).status.phase)


def test_each_teams_claim_has_its_own_volume(administrator: Any) -> None:
    for team in (OWNER, OTHER):
        found = administrator.read_namespaced_persistent_volume_claim(FOLDER, team.namespace)
        assert (found.status.phase, found.spec.volume_name) == ("Bound", names.volume(team.name, FOLDER))


def test_another_teams_claim_does_not_get_the_volume(administrator: Any, thief: Any) -> None:
    thief.create_namespaced_persistent_volume_claim(OTHER.namespace, claim("stolen", VOLUME))
    assert phase(thief, "stolen") == "Pending"
    reference = administrator.read_persistent_volume(VOLUME).spec.claim_ref
    assert (reference.namespace, reference.name) == (OWNER.namespace, FOLDER)


@pytest.mark.parametrize(("meant_for", "ends"), [(OWNER, "Pending"), (OTHER, "Bound")], ids=["another", "it"])
def test_a_claim_that_comes_first_gets_only_a_volume_that_is_meant_for(
    administrator: Any, thief: Any, meant_for: Team, ends: str
) -> None:
    made = administrator.read_persistent_volume(VOLUME).spec
    name = f"awaits-{meant_for.name}"
    spec = {
        "capacity": made.capacity,
        "accessModes": made.access_modes,
        "claimRef": {"namespace": meant_for.namespace, "name": name},
        "storageClassName": "",
        "csi": {"driver": made.csi.driver, "volumeHandle": name},
    }
    administrator.create_persistent_volume({"metadata": {"name": name}, "spec": spec})
    thief.create_namespaced_persistent_volume_claim(OTHER.namespace, claim(name, name))
    assert phase(thief, name) == ends


@pytest.mark.parametrize("verb", ["see", "make", "change", "delete"])
def test_no_scientist_can_do_to_a_volume(thief: Any, verb: str) -> None:
    attempts = {
        "see": lambda: thief.read_persistent_volume(VOLUME),
        "make": lambda: thief.create_persistent_volume({"metadata": {"name": "mine"}, "spec": {}}),
        "change": lambda: thief.patch_persistent_volume(VOLUME, {"spec": {"claimRef": None}}),
        "delete": lambda: thief.delete_persistent_volume(VOLUME),
    }
    with pytest.raises(ApiException) as refused:
        attempts[verb]()
    assert refused.value.status == 403
