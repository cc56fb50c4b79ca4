"""What a team's things are in may be gone for good: the team can leave, and one that asks for it hears so at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes.client import CoreV1Api
from moto.eks.models import eks_backends
from moto.fsx.models import fsx_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sagemaker.models import sagemaker_backends

from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from sandbox.scenery.landscape import LABELS_KEY
from tests.faults.runs import DELETED, ended, offboarded, said_of
from tests.workflow.doors_shut import nobody_let_in
from tests.workflow.teams import CHECKPOINTS, LABELS, outcome, small, with_folder
from tests.workflow.test_drift import reported, sweep
from tests.workflow.test_offboarding import owned
from tests.workflow.test_planning import problems

A, C, REGION = accounts.CLUSTER_ACCOUNT, accounts.DATA_ACCOUNT, accounts.REGION
KEY_ID = LABELS_KEY.rsplit("/", 1)[1]
KEY = f"{C} key {KEY_ID}"

Detail = dict[str, Any]


@contextmanager
def taken(holder: dict[str, Any], name: str) -> Iterator[None]:
    """A thing is gone from where the service keeps it, for a while."""
    thing = holder.pop(name)
    try:
        yield
    finally:
        holder[name] = thing


def without_key() -> Any:
    return taken(kms_backends[C][REGION].keys, KEY_ID)


@contextmanager
def without_bucket() -> Iterator[None]:
    name = str(CHECKPOINTS["bucket"])
    with taken(s3_backends[C]["aws"].buckets, name), taken(s3_backends.bucket_accounts, name):
        yield
    # One that is made again has no policy.
    s3_backends[C]["aws"].buckets[name].policy = None


def without_eks_cluster() -> Any:
    return taken(eks_backends[A][REGION].clusters, accounts.EKS_CLUSTER)


def without_hyperpod_cluster() -> Any:
    return taken(sagemaker_backends[A][REGION].clusters, accounts.HYPERPOD_CLUSTER)


@contextmanager
def key_is(state: str) -> Iterator[None]:
    """The key is in another state for a while."""
    key = kms_backends[C][REGION].keys[KEY_ID]
    key.key_state = state
    try:
        yield
    finally:
        key.key_state = "Enabled"


def reads_labels(team: str) -> Detail:
    return small(team, datasets=[LABELS])


def reads_checkpoints(team: str) -> Detail:
    return small(team, datasets=[{**CHECKPOINTS, "prefix": f"{team}/", "access": "read"}])


def without_file_system() -> Any:
    return taken(fsx_backends[A][REGION].file_systems, accounts.FILE_SYSTEM)


GONE: dict[str, tuple[Callable[[], Any], Callable[[str], Detail]]] = {
    "key": (without_key, reads_labels),
    "bucket": (without_bucket, reads_checkpoints),
    "file system": (without_file_system, with_folder),
    "EKS cluster": (without_eks_cluster, with_folder),
    "HyperPod cluster": (without_hyperpod_cluster, small),
}
"""What is gone, and a team that has something in it."""


@pytest.mark.parametrize("what", GONE)
def test_a_team_leaves_though_this_is_gone_for_good(cloud: Cloud, what: str) -> None:
    without, event = GONE[what]
    team = f"left-{list(GONE).index(what)}"
    assert outcome(cloud.onboard(event(team))) == "onboarded"
    with without():
        assert outcome(offboarded(cloud, team)) == "offboarded"
    assert f"team/{team}" not in cloud.registry()


def test_a_team_leaves_though_its_namespace_was_deleted_by_hand(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(with_folder("homeless"))) == "onboarded"
    core: Any = CoreV1Api(cloud.kubernetes.admin())
    core.delete_namespace("hyperpod-ns-homeless")
    assert outcome(offboarded(cloud, "homeless")) == "offboarded"
    quotas = cloud.client("sagemaker").list_compute_quotas(NameContains="homeless")["ComputeQuotaSummaries"]
    assert {quota["Status"] for quota in quotas} <= {"Deleted"}


def test_a_team_that_asks_for_a_key_that_is_gone_hears_so(cloud: Cloud) -> None:
    with without_key():
        assert problems(cloud, reads_labels("late")) == (
            f"{KEY}: does not exist in {REGION} of account {C}, and nobody can read any more what it has encrypted. "
            "Correct the dataset's kmsKeyArn, or leave the dataset out"
        )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            "PendingDeletion",
            f"Run: aws kms cancel-key-deletion --key-id {LABELS_KEY} && aws kms enable-key --key-id {LABELS_KEY}",
        ),
        ("Disabled", f"Run: aws kms enable-key --key-id {LABELS_KEY}"),
        ("PendingImport", "Mend it, then send the event again"),
    ],
)
def test_a_key_that_cannot_be_used_is_a_problem_with_what_mends_it(cloud: Cloud, state: str, words: str) -> None:
    with key_is(state):
        found = problems(cloud, reads_labels("waits"))
    assert found.startswith(f"{KEY}: is {state}, so that nothing can be read or written by it")
    assert found.endswith(words)


def test_the_sweep_tells_of_a_key_that_is_about_to_go(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(reads_labels("warned"))) == "onboarded"
    with key_is("PendingDeletion"):
        assert f"{KEY}: is PendingDeletion" in reported(cloud, sweep(cloud))["warned"]["problem"]
        # It does not keep the team from leaving.
        assert outcome(offboarded(cloud, "warned")) == "offboarded"


def test_a_team_drops_the_dataset_whose_key_is_gone(cloud: Cloud) -> None:
    both = [LABELS, {**CHECKPOINTS, "prefix": "drops/"}]
    assert outcome(cloud.onboard(small("drops", datasets=both))) == "onboarded"
    with without_key():
        assert outcome(cloud.onboard(small("drops", datasets=both[1:]))) == "onboarded"
    assert outcome(offboarded(cloud, "drops")) == "offboarded"


def test_what_a_leaving_team_has_where_nobody_can_look_is_named_and_goes_once_somebody_can(cloud: Cloud) -> None:
    before = cloud.snapshot()
    assert outcome(cloud.onboard(reads_checkpoints("shut-out"))) == "onboarded"
    with nobody_let_in(cloud, C, "hyperpod-onboarding-data", "s3-access-point"):
        execution = ended(cloud, {"team": "shut-out", "dryRun": True}, DELETED)
        assert outcome(execution) == "planned"
        warnings = [warning for step in execution.output["plan"] for warning in step["warnings"]]
        assert any(f"{C} access point" in each["resource"] and "AssumeRole" in each["reason"] for each in warnings)
        assert offboarded(cloud, "shut-out").status == "FAILED"
        kind, said = said_of(cloud, "shut-out")[-1]
        assert kind == "Team Offboarding Failed"
        assert {each["resource"].split(" hyperpod")[0].split(" example")[0] for each in said["left"]} == {
            f"{C} access point",
            f"{C} bucket",
        }
        assert all("AssumeRole" in each["reason"] for each in said["left"])
        assert cloud.registry()["team/shut-out"]["status"] == {"S": "stuck"}
        # What led there is gone already.
        assert not [path for path in owned(cloud.snapshot(), "shut-out") if C not in path and "bucket/" not in path]
    assert outcome(offboarded(cloud, "shut-out")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []
