"""Runs of a stack with probes: a pod proves a team's access, finds it wrong, cannot be made, is caught half-way."""

from proofs.permissions.teams import changed, detail, leave, onboard, stop_at, with_folders
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery.step_failures import failing


def prove_access(cloud: Cloud) -> None:
    """A team comes beside another one of its buckets, whose access points must refuse it, and changes in everything.

    Raises RuntimeError where no pod has proven it: then none has been heard.
    """
    neighbour = detail("neighbour")
    # With a folder, since what may be done to this deployment's own cluster is used by all steps or not at all.
    onboard(cloud, with_folders(neighbour, neighbour["datasets"][0]))
    onboard(cloud, detail("proven"))
    onboard(cloud, changed("proven"))
    for team in ("proven", "neighbour"):
        if '"proven"' not in cloud.registry()[f"team/{team}"].get("probe", {}).get("S", ""):
            raise RuntimeError(f"the access of {team} has not been proven")
        leave(cloud, team)


def fail_to_probe(cloud: Cloud) -> None:
    """A pod is refused what it should get, and another cannot be made: both teams are rolled back."""
    cloud.faults.add(Fault(Match("s3", "GetObject"), Kind.DENIED, times=None))
    onboard(cloud, detail("refused"), "ProbeRefused")
    cloud.faults.clear()
    cloud.faults.add(failing("probe"))
    onboard(cloud, detail("podless"), "AccessDenied")


def stop_while_a_pod_tries(cloud: Cloud) -> None:
    """An operator stops an execution whose pod is there; what unwinds it takes the pod away."""
    stop_at(cloud, Match("kubernetes", "create pods"), detail("stopped"), when="after")
