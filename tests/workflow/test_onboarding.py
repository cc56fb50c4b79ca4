"""One event onboards a team: what then exists, and what another event for the same team changes."""

import json
from typing import Any

import pytest

from proofs.isolation.actors import Actors
from sandbox.aws.gateway.operators import credentials_for
from sandbox.aws.inventory import World, difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from tests.workflow.drifts import associate
from tests.workflow.expected import OWNERS_STATEMENT, A, B, C, Expected
from tests.workflow.teams import (
    CHECKPOINTS,
    IMAGES,
    LABELS,
    WITHOUT_STORAGE,
    announced,
    changing,
    detail,
    outcome,
    small,
    text,
)

CLUSTER = "research-eks"


@pytest.fixture(scope="module")
def vision(cloud: Cloud) -> World:
    """The world once the sample event's team is in it."""
    assert outcome(cloud.onboard(detail("vision"))) == "onboarded"
    return cloud.snapshot()


@pytest.fixture(scope="module")
def expected(cloud: Cloud) -> Expected:
    clusters = cloud.client("sagemaker").list_clusters()["ClusterSummaries"]
    return Expected("vision", str(clusters[0]["ClusterArn"]))


def test_the_cluster_access_role_trusts_the_data_scientist_role_alone(vision: World, expected: Expected) -> None:
    role = vision[A]["roles"]["hyperpod-cluster-access-vision"]
    assert role["trust"] == expected.cluster_access_trust
    assert role["inline"] == {"access": expected.cluster_access_permissions}
    assert role["attached"] == []
    assert role["tags"] == expected.marks


def test_the_data_scientist_role_may_assume_it_and_nothing_more(vision: World, expected: Expected) -> None:
    inline = vision[B]["roles"]["DataScientistRole"]["inline"]
    assert inline["hyperpod-cluster-access-vision"] == expected.scientist_policy


@pytest.mark.parametrize(
    "session",
    [{}, {"tags": {"costCentre": "42"}, "transitive": True}, {"source_identity": "jane"}],
    ids=["plain", "with tags that go along", "with a source identity"],
)
def test_a_scientist_comes_to_the_cluster_from_a_session_that_is(
    cloud: Cloud, vision: World, session: dict[str, Any]
) -> None:
    actors = Actors(cloud)
    signed_in = credentials_for(f"arn:aws:iam::{B}:role/DataScientistRole", "jane", **session)
    assert actors.assume(signed_in, f"arn:aws:iam::{A}:role/hyperpod-cluster-access-vision") is not None


def test_the_data_access_role_is_for_pods_of_the_team_and_its_datasets(vision: World, expected: Expected) -> None:
    role = vision[A]["roles"]["hyperpod-data-access-vision"]
    assert role["trust"] == expected.data_access_trust
    assert role["inline"] == {"access": expected.data_access_permissions}
    assert role["tags"] == expected.marks


def test_each_dataset_has_an_access_point_for_the_data_access_role_only(vision: World, expected: Expected) -> None:
    points = {
        point["bucket"]: point
        for point in vision[C]["access points"].values()
        if point["tags"]["hyperpod-onboarding/team"] == "vision"
    }
    assert sorted(points) == ["example-corp-checkpoints", "example-corp-images", "example-corp-labels"]
    for bucket, point in points.items():
        assert point["policy"] == expected.access_point_policies[bucket]
        assert set(point["public access block"].values()) == {True}
        assert point["tags"] == expected.marks


def test_each_bucket_delegates_to_access_points_of_its_own_account(vision: World, expected: Expected) -> None:
    for bucket in ("example-corp-checkpoints", "example-corp-images", "example-corp-labels"):
        assert vision[C]["buckets"][bucket]["policy"]["Statement"][-1] == expected.delegation(bucket)


@pytest.mark.usefixtures("vision")
def test_the_owners_statement_is_kept_byte_for_byte(cloud: Cloud) -> None:
    policy = cloud.client("s3", C).get_bucket_policy(Bucket="example-corp-images")["Policy"]
    assert json.dumps(OWNERS_STATEMENT, separators=(",", ":")) in policy


def test_the_key_grants_the_data_access_role_what_the_dataset_needs(vision: World) -> None:
    grants = vision[C]["keys"]["11111111-2222-4333-8444-555555555555"]["grants"]
    assert {
        "name": "hyperpod-data-access-vision",
        "grantee": f"arn:aws:iam::{A}:role/hyperpod-data-access-vision",
        "retiring": "",
        "operations": ["Decrypt"],
        "constraints": {},
    } in grants


def test_the_access_entry_edits_in_the_teams_namespace_and_no_other(vision: World, expected: Expected) -> None:
    entry = vision[A]["eks"][CLUSTER]["access_entries"][f"arn:aws:iam::{A}:role/hyperpod-cluster-access-vision"]
    edit = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
    assert entry["policies"] == {edit: {"type": "namespace", "namespaces": ["hyperpod-ns-vision"]}}
    assert entry["groups"] == ["hyperpod-ns-vision-namespace-level-group"]
    assert entry["type"] == "STANDARD"
    assert entry["tags"] == expected.marks


def test_the_quota_is_what_the_event_asks_for(vision: World, expected: Expected) -> None:
    assert vision[A]["compute_quotas"]["hyperpod-ns-vision-quota"] == {
        "cluster": "research",
        "status": "Created",
        "activation": "Enabled",
        "target": {"TeamName": "vision", "FairShareWeight": 40},
        "config": {
            "ComputeQuotaResources": [
                {"InstanceType": "ml.p5.48xlarge", "Count": 4},
                {"InstanceType": "ml.g6.12xlarge", "Accelerators": 8, "VCpu": 96.0, "MemoryInGiB": 384.0},
            ],
            "ResourceSharingConfig": {"Strategy": "LendAndBorrow", "BorrowLimit": 50},
            "PreemptTeamTasks": "LowerPriority",
        },
        "tags": expected.marks,
    }


def test_kubernetes_holds_what_the_team_needs_and_nothing_more(vision: World, expected: Expected) -> None:
    found = {key: item for key, item in vision["kubernetes"].items() if "hyperpod-ns-vision" in key}
    assert {key: item for key, item in found.items() if key in expected.kubernetes_objects} == (
        expected.kubernetes_objects
    )
    assert sorted(found.keys() - expected.kubernetes_objects.keys()) == [
        "ClusterQueue/hyperpod-ns-vision-clusterqueue",
        "LocalQueue/hyperpod-ns-vision/hyperpod-ns-vision-localqueue",
        "Namespace/hyperpod-ns-vision",
    ]
    labels = found["Namespace/hyperpod-ns-vision"]["metadata"]["labels"]
    assert labels == {"activate-quota": "Enabled", "sagemaker-managed-queue": "true", **expected.pod_security}


def test_pods_of_the_service_account_get_the_data_access_role(vision: World, expected: Expected) -> None:
    association = vision[A]["eks"][CLUSTER]["associations"]["hyperpod-ns-vision/hyperpod-training"]
    assert association["role"] == f"arn:aws:iam::{A}:role/hyperpod-data-access-vision"
    assert association["tags"] == expected.marks


@pytest.mark.usefixtures("vision")
def test_the_registry_knows_the_team_as_active_and_no_one_holds_it(cloud: Cloud) -> None:
    record = cloud.registry()["team/vision"]
    assert record["status"] == {"S": "active"}
    assert json.loads(record["active"]["S"])["team"] == "vision"
    assert set(record) == {"id", "status", "active", "connect", "account", "execution", "asker", "asked", "schema"}
    assert record["asker"] == {"S": A}


def test_the_bus_hears_of_the_team_and_of_what_was_made(cloud: Cloud) -> None:
    execution = cloud.onboard(small("heard"))
    ((kind, said),) = announced(cloud, execution)
    assert (kind, said["team"]) == ("Team Onboarded", "heard")
    # Three roles' parts, access point and delegation, entry, quota and five objects, four of the fence, association.
    assert [change["action"] for change in said["changes"]] == ["created"] * 17


def test_the_same_event_again_changes_nothing_and_succeeds(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(detail("again"))) == "onboarded"
    before, calls = cloud.snapshot(), len(cloud.calls.entries())
    execution = cloud.onboard(detail("again"))
    assert outcome(execution) == "onboarded"
    assert difference(before, cloud.snapshot()) == []
    record = ["dynamodb:UpdateItem"] * 3
    assert changing(cloud.calls.entries()[calls:]) == [*record, "events:PutEvents"]
    assert announced(cloud, execution)[0][1]["changes"] == []


def test_access_policies_of_others_are_told_and_left_where_no_other_team_is_reached(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("shared"))) == "onboarded"
    own = {"type": "namespace", "namespaces": ["hyperpod-ns-shared"]}
    associate(cloud, "shared", "AmazonSagemakerHyperpodTrainingPolicy", own)
    associate(cloud, "shared", "AmazonSagemakerHyperpodUserClusterPolicy", {"type": "cluster"})
    associate(cloud, "shared", "AmazonEKSClusterAdminPolicy", own)
    before = cloud.snapshot()
    again = cloud.onboard(small("shared"))
    assert outcome(again) == "onboarded"
    address = "111122223333 cluster research-eks access entry hyperpod-cluster-access-shared"
    ((_, said),) = announced(cloud, again)
    warned = {warning["resource"]: warning["reason"] for warning in said["warnings"]}
    stays, goes = "It stays as long as the entry", "The team was to have no such right: it is taken away"
    assert {resource: reason for resource, reason in warned.items() if resource.startswith(address)} == {
        f"{address} policy {policy}": f"somebody has associated it in {where}. {fate}"
        for policy, where, fate in (
            ("AmazonEKSClusterAdminPolicy", "hyperpod-ns-shared", goes),
            ("AmazonSagemakerHyperpodTrainingPolicy", "hyperpod-ns-shared", stays),
            ("AmazonSagemakerHyperpodUserClusterPolicy", "the whole cluster", stays),
        )
    }
    differences = [line for line in difference(before, cloud.snapshot()) if "polic" in line]
    assert differences
    assert all(line.startswith("- ") and "AmazonEKSClusterAdminPolicy" in line for line in differences)


def test_a_team_without_datasets_has_roles_and_quota_and_no_way_to_data(cloud: Cloud) -> None:
    before = cloud.snapshot()
    assert outcome(cloud.onboard(detail("dataless", datasets=[]))) == "onboarded"
    after = cloud.snapshot()
    assert after[C] == before[C]
    assert after[A]["roles"]["hyperpod-data-access-dataless"]["inline"] == {}
    assert "hyperpod-ns-dataless/hyperpod-training" in after[A]["eks"][CLUSTER]["associations"]


def test_an_update_changes_only_what_differs(cloud: Cloud) -> None:
    first = detail("moving", datasets=[IMAGES, LABELS])
    assert outcome(cloud.onboard(first)) == "onboarded"
    before = cloud.snapshot()
    quota = {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 2}], "fairShareWeight": 10}
    second = detail(
        "moving",
        datasets=[IMAGES, CHECKPOINTS],
        quota=quota,
        access={"policy": "view"},
        serviceAccount="trainer",
    )
    execution = cloud.onboard(second)
    assert outcome(execution) == "onboarded"
    actions: dict[str, list[str]] = {}
    for change in announced(cloud, execution)[0][1]["changes"]:
        actions.setdefault(change["action"], []).append(_what(change["resource"]))
    assert actions == {
        "created": ["access point", "statement", "ServiceAccount", "pod identity"],
        "updated": ["role", "access entry", "compute quota", "Role"],
        "deleted": ["grant", "statement", "access point", "ServiceAccount", "pod identity"],
    }
    _touched_only(before, cloud.snapshot(), "moving", "example-corp-checkpoints", "example-corp-labels")


def test_a_dataset_that_is_left_out_loses_access_point_grant_and_delegation(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(detail("leaving", datasets=[IMAGES, LABELS]))) == "onboarded"
    assert outcome(cloud.onboard(detail("leaving", datasets=[IMAGES]))) == "onboarded"
    world = cloud.snapshot()
    ours = [p["bucket"] for p in world[C]["access points"].values() if "leaving" in p["tags"].values()]
    assert ours == ["example-corp-images"]
    key = world[C]["keys"]["11111111-2222-4333-8444-555555555555"]
    assert "hyperpod-data-access-leaving" not in [grant["name"] for grant in key["grants"]]
    teams = cloud.registry().get("bucket/example-corp-labels", {}).get("teams", {}).get("SS", [])
    assert "leaving" not in teams
    assert "leaving" in cloud.registry()["bucket/example-corp-images"]["teams"]["SS"]


def test_teams_that_share_bucket_key_and_scientists_do_not_disturb_each_other(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(detail("first"))) == "onboarded"
    before = cloud.snapshot()
    assert outcome(cloud.onboard(detail("second"))) == "onboarded"
    after = cloud.snapshot()
    # The second team's own names; shared things change by an entry more, which names the team as well.
    assert [line for line in difference(before, after) if "second" not in line] == []
    assert outcome(cloud.onboard(detail("second", datasets=[]))) == "onboarded"
    assert "first" in cloud.registry()["bucket/example-corp-labels"]["teams"]["SS"]
    assert cloud.snapshot()[C]["buckets"] == after[C]["buckets"]


def test_the_same_event_means_the_same_names_and_policies_byte_for_byte(cloud: Cloud) -> None:
    planned = cloud.onboard(detail("twin", dryRun=True))
    for step in WITHOUT_STORAGE:
        # New processes: whatever their hashes and caches are, they plan the same.
        cloud.faults.add(Fault(Match(function=f"hyperpod-onboarding-{step.replace('_', '-')}"), Kind.CRASH))
    again = cloud.onboard(detail("twin", dryRun=True))
    assert cloud.faults.struck() == len(WITHOUT_STORAGE)
    assert outcome(planned) == outcome(again) == "planned"
    assert text(planned.output) == text(again.output)


def _what(address: str) -> str:
    known = ("access point", "statement", "grant", "access entry", "compute quota", "pod identity")
    kinds = ("ServiceAccount", "RoleBinding", "Role", "role")
    return next(word for word in (*known, *kinds) if f" {word} " in f"{address} ")


def _touched_only(before: World, after: World, *names: str) -> None:
    others = [line for line in difference(before, after) if not any(name in line.split(": ", 1)[0] for name in names)]
    # The key's grants are one list, for all teams.
    assert [line for line in others if "/ grants:" not in line] == []
