"""Folders of a file system: linked to datasets, mounted by pods, and gone again with the team."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import CoreV1Api, StorageV1Api
from moto.fsx.models import fsx_backends

from sandbox.aws.fsx.associations import Link, held_by, set_lifecycle
from sandbox.aws.fsx.link_role import link_role_arn
from sandbox.aws.inventory import World, difference
from sandbox.aws.moto.installation import current
from sandbox.cloud import Cloud, Execution
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.workflow.teams import (
    CHECKPOINTS,
    IMAGES,
    LABELS,
    announced,
    asked_again,
    changing,
    folder,
    outcome,
    own,
    sentences,
    small,
    with_folder,
)

A, C, FS = accounts.CLUSTER_ACCOUNT, accounts.DATA_ACCOUNT, accounts.FILE_SYSTEM
EVENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "events" / "team-with-storage.json").read_text())
ALL = ["CHANGED", "DELETED", "NEW"]
FUNCTION = "hyperpod-onboarding-fsx-storage"


def backend() -> Any:
    return fsx_backends[A][accounts.REGION]


def leave(cloud: Cloud, team: str) -> Execution:
    known = set(cloud.executions())
    cloud.send({"team": team}, "Team Deleted")
    while not (new := set(cloud.executions()) - known):
        cloud.clock.sleep(1)
    return cloud.wait(new.pop())


def statements(world: World, bucket: str) -> dict[str, Any]:
    return {s["Sid"]: s for s in world[C]["buckets"][bucket]["policy"]["Statement"] if "Link" in s["Sid"]}


@pytest.fixture(scope="module")
def vision(cloud: Cloud) -> World:
    """The world of the sample team."""
    assert outcome(cloud.onboard(EVENT["detail"])) == "onboarded"
    return cloud.snapshot()


def test_a_plan_asks_nothing_twice(cloud: Cloud) -> None:
    calls = len(cloud.calls.entries())
    assert outcome(cloud.onboard({**EVENT["detail"], "team": "asking", "dryRun": True})) == "planned"
    entries = cloud.calls.entries()[calls:]
    invoked = [entry.call.resource for entry in entries if entry.call.operation == "Invoke"]
    assert len(invoked) == len(set(invoked)), "each function is invoked once"
    assert asked_again(entries) == []


def test_each_folder_is_linked_to_its_dataset(vision: World) -> None:
    marks = {"hyperpod-onboarding/team": "vision", "hyperpod-onboarding/stack": "hyperpod-onboarding"}
    expected = {
        "images": ("s3://example-corp-images/curated", []),
        "labels": ("s3://example-corp-labels", []),
        "checkpoints": ("s3://example-corp-checkpoints/vision", ALL),
    }
    for name, (repository, exports) in expected.items():
        assert vision[A]["links"][f"{FS} /teams/vision/{name}"] == {
            "repository": repository,
            "lifecycle": "AVAILABLE",
            "s3": {"AutoImportPolicy": {"Events": ALL}, "AutoExportPolicy": {"Events": exports}},
            "tags": marks,
        }


def test_a_bucket_lets_the_file_systems_role_in_and_nobody_else(vision: World) -> None:
    (reading,) = statements(vision, "example-corp-images").values()
    (writing,) = statements(vision, "example-corp-checkpoints").values()
    for statement, bucket, prefix in ((reading, "images", "curated/"), (writing, "checkpoints", "vision/")):
        assert statement["Principal"] == {"AWS": f"arn:aws:iam::{A}:root"}
        assert statement["Condition"] == {"ArnEquals": {"aws:PrincipalArn": link_role_arn(A, FS)}}
        arn = f"arn:aws:s3:::example-corp-{bucket}"
        assert statement["Resource"] == [arn, f"{arn}/{prefix}*"]
    assert reading["Action"] == ["s3:Get*", "s3:List*", "s3:PutBucketNotification"]
    assert {"s3:PutObject", "s3:DeleteObject"} <= set(writing["Action"])


def test_the_owners_statement_stays_first_and_as_it_was(vision: World) -> None:
    first, *ours = vision[C]["buckets"]["example-corp-images"]["policy"]["Statement"]
    assert first["Sid"] == "OwnersAnalytics"
    assert [s["Sid"].startswith("HyperpodOnboarding") for s in ours] == [True, True]


def test_the_key_of_an_encrypted_bucket_is_granted_to_that_role_for_reading(vision: World) -> None:
    (key,) = vision[C]["keys"].values()
    (grant,) = [grant for grant in key["grants"] if grant["grantee"] == link_role_arn(A, FS)]
    assert grant["name"] == f"hyperpod-storage-vision-{FS}"
    assert grant["operations"] == ["Decrypt", "DescribeKey"]


def test_a_volume_and_its_claim_are_bound_to_each_other_alone(vision: World) -> None:
    for name, size in (("images", "1200Gi"), ("labels", "1200Gi"), ("checkpoints", "2400Gi")):
        volume = vision["kubernetes"][f"PersistentVolume/hyperpod-ns-vision.{name}"]
        claim = vision["kubernetes"][f"PersistentVolumeClaim/hyperpod-ns-vision/{name}"]
        assert (volume["phase"], claim["phase"]) == ("Bound", "Bound")
        assert volume["spec"]["claimRef"] == {"namespace": "hyperpod-ns-vision", "name": name}
        assert claim["spec"]["volumeName"] == f"hyperpod-ns-vision.{name}"
        assert volume["spec"]["storageClassName"] == claim["spec"]["storageClassName"] == ""
        assert volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
        assert volume["spec"]["capacity"] == claim["spec"]["resources"]["requests"] == {"storage": size}


def test_pods_mount_the_folder_and_nothing_above_it(vision: World) -> None:
    csi = vision["kubernetes"]["PersistentVolume/hyperpod-ns-vision.checkpoints"]["spec"]["csi"]
    assert csi == {
        "driver": "fsx.csi.aws.com",
        "volumeHandle": f"{FS}:/teams/vision/checkpoints",
        "readOnly": False,
        "volumeAttributes": {
            "dnsname": f"{FS}.fsx.us-west-2.amazonaws.com",
            "mountname": "k2vtbbmv/teams/vision/checkpoints",
        },
    }


def test_a_read_only_folder_is_mounted_so_by_the_one_mode_that_the_driver_takes(vision: World) -> None:
    volume = vision["kubernetes"]["PersistentVolume/hyperpod-ns-vision.images"]["spec"]
    claim = vision["kubernetes"]["PersistentVolumeClaim/hyperpod-ns-vision/images"]["spec"]
    assert volume["accessModes"] == ["ReadWriteMany", "ReadOnlyMany"]
    assert volume["csi"]["readOnly"] is True
    assert claim["accessModes"] == ["ReadOnlyMany"]


def test_the_same_event_again_changes_nothing(cloud: Cloud, vision: World) -> None:
    mark = len(cloud.calls.entries())
    assert outcome(cloud.onboard(EVENT["detail"])) == "onboarded"
    made = [call for call in changing(cloud.calls.entries()[mark:]) if not call.startswith(("dynamodb:", "events:"))]
    assert made == []
    assert difference(vision, cloud.snapshot()) == []


def test_a_team_without_storage_costs_no_call_of_the_function(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("dry"))) == "onboarded"
    assert outcome(leave(cloud, "dry")) == "offboarded"
    invoked = [entry.call for entry in cloud.calls.entries(service="lambda", operation="Invoke")]
    ours = [call for call in invoked if FUNCTION in str(call.parameters["FunctionName"])]
    assert not [call for call in ours if '"dry"' in str(call.parameters)]


def test_an_update_follows_in_every_folder(cloud: Cloud) -> None:
    first, other = own("moves"), own("moves-to")
    event = small("moves", datasets=[first, other, CHECKPOINTS_OF_MOVES])
    kept, dropped = folder("moves", first), folder("moves", CHECKPOINTS_OF_MOVES, name="work", path="/teams/moves/work")
    assert outcome(cloud.onboard({**event, "storage": [kept, dropped]})) == "onboarded"
    changed = {**folder("moves", other), "capacityGiB": 100, "accessMode": "ReadOnlyMany", "importPolicy": ["NEW"]}
    assert outcome(cloud.onboard({**event, "storage": [changed]})) == "onboarded"
    world = cloud.snapshot()
    assert {key: link["repository"] for key, link in world[A]["links"].items() if "/moves/" in key} == {
        f"{FS} /teams/moves/data": "s3://example-corp-images/moves-to"
    }
    assert world[A]["links"][f"{FS} /teams/moves/data"]["s3"]["AutoImportPolicy"] == {"Events": ["NEW"]}
    volumes = [key for key in world["kubernetes"] if key.startswith("PersistentVolume") and "hyperpod-ns-moves" in key]
    assert len(volumes) == 2
    assert world["kubernetes"]["PersistentVolume/hyperpod-ns-moves.data"]["spec"]["capacity"] == {"storage": "100Gi"}
    assert outcome(leave(cloud, "moves")) == "offboarded"


CHECKPOINTS_OF_MOVES = {**CHECKPOINTS, "prefix": "moves/"}


def test_a_claim_that_somebody_deleted_is_made_anew(cloud: Cloud) -> None:
    event = with_folder("mended")
    assert outcome(cloud.onboard(event)) == "onboarded"
    before = cloud.snapshot()
    CoreV1Api(cloud.kubernetes.admin()).delete_namespaced_persistent_volume_claim("data", "hyperpod-ns-mended")
    assert outcome(cloud.onboard(event)) == "onboarded"
    assert difference(before, cloud.snapshot()) == []


@pytest.mark.parametrize("delete_data", [False, True])
def test_a_team_that_leaves_leaves_its_files_unless_its_event_said_otherwise(cloud: Cloud, delete_data: bool) -> None:
    team = f"leaves-{str(delete_data).lower()}"
    before = cloud.snapshot()
    assert outcome(cloud.onboard(with_folder(team, {**LABELS, "prefix": f"{team}/"}, deleteData=delete_data)))
    assert outcome(leave(cloud, team)) == "offboarded"
    assert difference(before, cloud.snapshot()) == []
    assert removed(team).data_removed is delete_data


def test_a_roll_back_never_deletes_files(cloud: Cloud) -> None:
    before = cloud.snapshot()
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED, times=None))
    assert cloud.onboard(with_folder("careful", deleteData=True)).status == "FAILED"
    assert difference(before, cloud.snapshot()) == []
    assert removed("careful").data_removed is False


def removed(team: str) -> Link:
    """The last link of the team that is gone."""
    return [link for link in held_by(backend()).removed if link.path == f"/teams/{team}/data"][-1]


def test_a_bucket_that_shuts_the_file_system_out_fails_the_onboarding_with_its_words(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3", C), "example-corp-checkpoints"
    denied = {
        "Sid": "OwnersDenial",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{bucket}",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": link_role_arn(A, FS)}},
    }
    others = (cloud.snapshot()[C]["buckets"][bucket]["policy"] or {"Statement": []})["Statement"]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied, *others]}))
    before = cloud.snapshot()
    execution = cloud.onboard(with_folder("shut", {**CHECKPOINTS, "prefix": "shut/"}))
    assert execution.error == "ServiceRefused"
    assert execution.cause is not None
    assert execution.cause.startswith(f"Step fsx_storage, {A} file system {FS} link /teams/shut/data: MISCONFIGURED")
    assert "s3:ListBucket is denied" in execution.cause
    assert difference(before, cloud.snapshot()) == []
    if others:
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": others}))
    else:
        s3.delete_bucket_policy(Bucket=bucket)


def test_the_first_link_of_a_file_system_makes_its_role_before_the_key_is_granted_to_it(cloud: Cloud) -> None:
    # The stack offers one file system: it is one without its role again.
    role = link_role_arn(A, FS).rsplit("/", 1)[1]
    iam = cloud.client("iam")
    iam.delete_role_policy(RoleName=role, PolicyName="AmazonFSxS3Access")
    iam.delete_role(RoleName=role)
    assert outcome(cloud.onboard(with_folder("pioneer", {**LABELS, "prefix": "pioneer/"}))) == "onboarded"
    assert role in cloud.snapshot()[A]["roles"]
    assert outcome(leave(cloud, "pioneer")) == "offboarded"


def test_a_volume_of_that_name_that_is_not_ours_is_a_conflict(cloud: Cloud) -> None:
    core = CoreV1Api(cloud.kubernetes.admin())
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/tmp"}}  # noqa: S108
    volume: Any = {"metadata": {"name": "hyperpod-ns-taken.data"}, "spec": spec}
    core.create_persistent_volume(volume)
    execution = cloud.onboard(with_folder("taken"))
    assert execution.error == "ProblemsFound"
    assert "volume hyperpod-ns-taken.data for claim hyperpod-ns-taken/data: exists but is not tagged" in str(
        execution.cause
    )


def unknown(_: Cloud) -> dict[str, Any]:
    return {"fileSystemId": "fs-00000000000000001"}


def not_available(_: Cloud) -> dict[str, Any]:
    set_lifecycle(A, accounts.REGION, FS, "FAILED")
    return {}


def not_lustre(_: Cloud) -> dict[str, Any]:
    backend().file_systems[FS].file_system_type = "ONTAP"
    return {}


def scratch(_: Cloud) -> dict[str, Any]:
    backend().file_systems[FS].lustre_configuration["DeploymentType"] = "SCRATCH_1"
    return {}


def tiering(_: Cloud) -> dict[str, Any]:
    backend().file_systems[FS].storage_type = "INTELLIGENT_TIERING"
    return {}


def elsewhere(cloud: Cloud) -> dict[str, Any]:
    zone = [{"Name": "availability-zone", "Values": ["us-west-2d"]}]
    (subnet,) = cloud.client("ec2").describe_subnets(Filters=zone)["Subnets"]
    backend().file_systems[FS].subnet_ids = [subnet["SubnetId"]]
    return {}


def gone(_: Cloud) -> dict[str, Any]:
    del backend().file_systems[FS]
    return {}


def overlapping(_: Cloud) -> dict[str, Any]:
    return {"path": "/reference/of-mine"}


def without_driver(cloud: Cloud) -> dict[str, Any]:
    StorageV1Api(cloud.kubernetes.admin()).delete_csi_driver("fsx.csi.aws.com")
    return {}


def full(cloud: Cloud) -> dict[str, Any]:
    return leave_links(cloud, 0)


def leave_links(cloud: Cloud, free: int) -> dict[str, Any]:
    fsx = cloud.client("fsx")
    for number in range(8 - free - len(held_by(backend()).links)):
        fsx.create_data_repository_association(
            FileSystemId=FS, FileSystemPath=f"/full/{number}", DataRepositoryPath=f"s3://example-corp-full-{number}"
        )
    return {}


@pytest.fixture
def as_before(cloud: Cloud) -> Any:
    """Puts back what a test does to the file system."""
    system, links = backend().file_systems[FS], list(held_by(backend()).links)
    kept = (system.file_system_type, dict(system.lustre_configuration), system.subnet_ids, system.storage_type)
    yield
    system.file_system_type, system.lustre_configuration, system.subnet_ids, system.storage_type = kept
    current().refuses_doubtful_links = False
    backend().file_systems[FS] = system
    held_by(backend()).links[:] = links
    held_by(backend()).lifecycles.clear()
    storage = StorageV1Api(cloud.kubernetes.admin())
    if not storage.list_csi_driver().items:
        driver: Any = {"metadata": {"name": "fsx.csi.aws.com"}, "spec": {"attachRequired": False}}
        storage.create_csi_driver(driver)


def test_a_role_for_links_that_cannot_be_assumed_is_named_with_the_command_that_makes_it(cloud: Cloud) -> None:
    iam, name = cloud.client("iam", C), "hyperpod-onboarding-storage"
    # A warm function has assumed the role before, and goes on with that session.
    cloud.lambdas.recycle(FUNCTION)
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    nobody = {**trust, "Statement": [{**trust["Statement"][0], "Effect": "Deny"}]}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(nobody))
    try:
        execution = cloud.onboard({**with_folder("unlinked"), "dryRun": True})
    finally:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    assert outcome(execution) == "problems found"
    said = sentences(execution)
    assert f"{C} role {name}: AssumeRole was refused with AccessDenied" in said
    caller = "arn:aws:iam::111122223333:role/hyperpod-onboarding-fsx-storage"
    assert "accounts/data.yaml --capabilities CAPABILITY_NAMED_IAM" in said
    assert f"StorageFunctionRoleArn={caller} ClusterAccountId=111122223333 ExternalId=..." in said


def test_links_that_take_long_leave_what_comes_after_them_its_own_time(cloud: Cloud) -> None:
    datasets = [own("patient", prefix=f"patient-{number}/") for number in range(3)]
    folders = [
        folder("patient", dataset, name=f"data-{number}", path=f"/teams/patient/{number}")
        for number, dataset in enumerate(datasets)
    ]
    delays, before = current().delays, current().delays.link
    # Together longer than anything but a link is waited for.
    delays.link = 400.0
    try:
        assert outcome(cloud.onboard(small("patient", datasets=datasets, storage=folders))) == "onboarded"
        assert outcome(leave(cloud, "patient")) == "offboarded"
    finally:
        delays.link = before


@pytest.mark.usefixtures("as_before", "vision")
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (unknown, f"file system fs-00000000000000001: is none of the stack's file systems, which are {FS}. Name one"),
        (gone, f"file system {FS}: does not exist in us-west-2. Correct the stack's parameter FileSystemArns"),
        (not_available, f"file system {FS}: is FAILED. Mend it, or wait until it is AVAILABLE, then replay"),
        (not_lustre, f"file system {FS}: is of type ONTAP, and only LUSTRE file systems link to buckets"),
        (scratch, f"file system {FS}: is of deployment type SCRATCH_1 or of version 2.10, which link to no buckets"),
        (
            tiering,
            f"file system {FS}: is of storage class Intelligent-Tiering, which links to no buckets. Name another",
        ),
        (elsewhere, f"file system {FS}: is in us-west-2d, and the cluster's nodes are in us-west-2a, us-west-2b."),
        (overlapping, f"file system {FS}: /reference/of-mine overlaps with /reference (dra-"),
        (full, f"file system {FS}: would have 9 links, and 8 is what a file system can have."),
        (without_driver, "CSI driver fsx.csi.aws.com: is not installed, so nothing can mount a volume."),
    ],
)
def test_the_plan_refuses_what_cannot_be(cloud: Cloud, spoil: Callable[[Cloud], dict[str, Any]], said: str) -> None:
    changes = spoil(cloud)
    execution = cloud.onboard({**with_folder("planned", **changes), "dryRun": True})
    assert outcome(execution) == "problems found"
    assert said in sentences(execution)


@pytest.mark.usefixtures("as_before", "vision")
@pytest.mark.parametrize(("free", "warned"), [(1, True), (2, False)])
def test_a_plan_that_takes_the_last_link_of_a_file_system_warns(cloud: Cloud, free: int, warned: bool) -> None:
    leave_links(cloud, free)
    execution = cloud.onboard({**with_folder("planned"), "dryRun": True})
    assert execution.output is not None
    said = [warning for step in execution.output["plan"] for warning in step["warnings"]]
    assert any(one["resource"].endswith(f"{FS} links") for one in said) is warned


def backed_up(team: str) -> tuple[dict[str, Any], str, str]:
    """A folder of a file system with backups: the event, what is warned of, and what FSx may say."""
    backend().file_systems[FS].lustre_configuration["AutomaticBackupRetentionDays"] = 7
    command = f"aws fsx update-file-system --file-system-id {FS} --lustre-configuration AutomaticBackupRetentionDays=0"
    return with_folder(team), f"it may refuse the link. Run: {command}", "Automatic backups must be disabled"


def within(team: str) -> tuple[dict[str, Any], str, str]:
    """The same of two folders, of which one shows what lies in the other's."""
    outer, inner = own(team), own(team, prefix=f"{team}/raw/")
    folders = [folder(team, outer), folder(team, inner, name="raw", path=f"/teams/{team}/raw")]
    said = (
        f"/teams/{team}/raw shows s3://example-corp-images/{team}/raw: one lies in the other. "
        "FSx wants a prefix of its own"
    )
    return small(team, datasets=[outer, inner], storage=folders), said, "is used by dra-"


DOUBTFUL = {"backed-up": backed_up, "within": within}


@pytest.mark.usefixtures("as_before", "vision")
@pytest.mark.parametrize("why", DOUBTFUL)
def test_what_fsx_may_not_like_is_a_warning_and_goes_on_where_it_does(cloud: Cloud, why: str) -> None:
    event, warned, _ = DOUBTFUL[why](f"doubtful-{why}")
    execution = cloud.onboard(event)
    assert outcome(execution) == "onboarded"
    ((_, said),) = announced(cloud, execution)
    (warning,) = said["warnings"]
    assert warned in warning["reason"]
    assert outcome(leave(cloud, f"doubtful-{why}")) == "offboarded"


@pytest.mark.usefixtures("as_before", "vision")
@pytest.mark.parametrize("why", DOUBTFUL)
def test_what_fsx_does_not_like_is_rolled_back_with_its_reason(cloud: Cloud, why: str) -> None:
    current().refuses_doubtful_links = True
    event, _, refused = DOUBTFUL[why](f"refused-{why}")
    before = cloud.snapshot()
    execution = cloud.onboard(event)
    assert execution.error == "ServiceRefused"
    assert refused in str(execution.cause)
    assert difference(before, cloud.snapshot()) == []


def test_a_link_is_asked_for_as_fsx_documents_paths(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(with_folder("slashed"))) == "onboarded"
    (call,) = [
        entry.call.parameters
        for entry in cloud.calls.entries(service="fsx", operation="CreateDataRepositoryAssociation")
        if "slashed" in str(entry.call.parameters)
    ]
    assert (call["FileSystemPath"], call["DataRepositoryPath"]) == (
        "/teams/slashed/data/",
        "s3://example-corp-images/slashed/",
    )


@pytest.mark.usefixtures("vision")
def test_a_dataset_that_another_team_has_linked_is_refused(cloud: Cloud) -> None:
    said = sentences(cloud.onboard({**with_folder("second", IMAGES), "dryRun": True}))
    assert "example-corp-images/curated/ can be linked once, and is linked to /teams/vision/images (dra-" in said


def test_a_folder_that_moves_is_refused_until_it_has_gone(cloud: Cloud) -> None:
    event = with_folder("mover")
    assert outcome(cloud.onboard(event)) == "onboarded"
    moved = cloud.onboard({**event, "storage": [folder("mover", own("mover"), path="/teams/mover/elsewhere")]})
    assert "which the team has. Leave that one out in an event of its own first" in str(moved.cause)
    assert outcome(cloud.onboard({**event, "storage": []})) == "onboarded"
    assert f"{FS} /teams/mover/data" not in cloud.snapshot()[A]["links"]
