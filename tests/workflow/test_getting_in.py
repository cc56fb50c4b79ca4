"""What a team's people are told to get in: where it is said, that it leads in, and that it keeps up with the team."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from kubernetes.client import CustomObjectsApi

from onboarding.connect import connect
from onboarding.request import TeamRequest
from proofs.isolation.actors import Actors
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.faults.runs import said_of
from tests.unit.given import SETTINGS
from tests.workflow.teams import announced, outcome, small
from tests.workflow.test_drift import reported, sweep
from tests.workflow.test_prerequisites import without_policy

A, B, C = accounts.CLUSTER_ACCOUNT, accounts.SCIENTISTS_ACCOUNT, accounts.DATA_ACCOUNT
EVENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "events" / "team-with-storage.json").read_text())
DATA_SCIENTIST = f"arn:aws:iam::{B}:role/DataScientistRole"
CLASSES = ["inference-priority", "training-priority"]
"""Of the sandbox's own policy, as task governance names them in Kueue."""


def recorded(cloud: Cloud, team: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cloud.registry()[f"team/{team}"]["connect"]["S"])
    return found


@pytest.fixture(scope="module")
def told(cloud: Cloud) -> dict[str, Any]:
    """What the people of the sample team are told by event, output and registry alike."""
    execution = cloud.onboard(EVENT["detail"])
    assert outcome(execution) == "onboarded"
    ((_, said),) = announced(cloud, execution)
    assert said["connect"] == execution.output["connect"] == recorded(cloud, "vision")
    found: dict[str, Any] = said["connect"]
    return found


def test_all_that_it_names_is_there(cloud: Cloud, told: dict[str, Any]) -> None:
    world, namespace = cloud.snapshot(), told["namespace"]
    assert told["role"].rsplit("/", 1)[1] in world[A]["roles"]
    assert f"Namespace/{namespace}" in world["kubernetes"]
    assert f"ServiceAccount/{namespace}/{told['serviceAccount']}" in world["kubernetes"]
    queues: Any = CustomObjectsApi(cloud.kubernetes.admin())
    queues.get_namespaced_custom_object("kueue.x-k8s.io", "v1beta2", namespace, "localqueues", told["queue"])
    points = [each["accessPoint"].rsplit("/", 1)[1] for each in told["datasets"]]
    assert len(points) == len(EVENT["detail"]["datasets"])
    assert set(points) <= world[C]["access points"].keys()
    claims = {f"PersistentVolumeClaim/{namespace}/{each['name']}" for each in told["claims"]}
    assert len(claims) == len(EVENT["detail"]["storage"])
    assert claims <= world["kubernetes"].keys()
    assert told["priorityClasses"] == CLASSES


def test_a_scientist_gets_in_by_it(
    cloud: Cloud, told: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (profile,) = told["profiles"]
    assert profile["principal"] == DATA_SCIENTIST
    keys = Actors(cloud).signed_in(DATA_SCIENTIST)
    config = tmp_path / "config"
    own = [f"[profile {profile['source']}]", *(f"{name} = {value}" for name, value in keys.items())]
    config.write_text("\n".join([*own, *profile["lines"]]))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    session: Any = boto3.session.Session(profile_name=profile["name"])
    assert session.region_name == told["region"]
    identity = session.client("sts").get_caller_identity()["Arn"]
    assert identity.startswith(f"arn:aws:sts::{told['account']}:assumed-role/{told['role'].rsplit('/', 1)[1]}/")
    words = shlex.split(told["commands"]["kubeconfig"])
    assert words[words.index("--profile") + 1] == profile["name"]
    found = session.client("eks").describe_cluster(name=words[words.index("--name") + 1])["cluster"]
    assert found["name"] == told["cluster"]
    # As `hyp` looks for the EKS cluster behind what it is given.
    words = shlex.split(told["commands"]["hyp"])
    cluster = session.client("sagemaker").describe_cluster(ClusterName=words[words.index("--cluster-name") + 1])
    assert cluster["Orchestrator"]["Eks"]["ClusterArn"] == found["arn"]


def test_it_follows_an_update_and_not_one_that_failed(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("moving"))) == "onboarded"
    before = recorded(cloud, "moving")
    changed = small("moving", serviceAccount="trainer", datasets=[])
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED))
    failed = cloud.onboard(changed)
    cloud.faults.clear()
    assert failed.status == "FAILED"
    assert recorded(cloud, "moving") == before
    assert all("connect" not in said for kind, said in said_of(cloud, "moving") if kind != "Team Onboarded")
    assert outcome(cloud.onboard(changed)) == "onboarded"
    after = recorded(cloud, "moving")
    assert (after["serviceAccount"], after["datasets"]) == ("trainer", [])
    assert {name for name in before if before[name] != after[name]} == {"serviceAccount", "datasets"}


def test_what_could_not_be_read_of_the_clusters_policy_is_left_out_and_what_is_not_there_is_none(cloud: Cloud) -> None:
    unread = Fault(Match("sagemaker", "ListClusterSchedulerConfigs"), Kind.DENIED, times=None)
    cloud.faults.add(unread)
    assert outcome(cloud.onboard(small("guessing"))) == "onboarded"
    cloud.faults.clear()
    arn = cloud.client("sagemaker").describe_cluster(ClusterName=accounts.HYPERPOD_CLUSTER)["ClusterArn"]
    settings = replace(SETTINGS, hyperpod_cluster_arn=arn)
    assert recorded(cloud, "guessing") == connect(TeamRequest.model_validate(small("guessing")), settings)
    with without_policy():
        assert outcome(cloud.onboard(small("guessing"))) == "onboarded"
    assert recorded(cloud, "guessing")["priorityClasses"] == []


def test_what_cannot_be_read_again_stays_as_it_was_last_read(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("keeping"))) == "onboarded"
    before = recorded(cloud, "keeping")
    cloud.faults.add(Fault(Match("sagemaker", "DescribeClusterSchedulerConfig"), Kind.DENIED, times=None))
    assert outcome(cloud.onboard(small("keeping", serviceAccount="trainer"))) == "onboarded"
    cloud.faults.clear()
    after = recorded(cloud, "keeping")
    assert after["priorityClasses"] == before["priorityClasses"] == CLASSES
    assert {name for name in before if before[name] != after[name]} == {"serviceAccount"}


def test_a_team_that_an_older_stack_has_recorded_gets_it_by_its_next_event(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("older"))) == "onboarded"
    known = recorded(cloud, "older")
    whole = cloud.snapshot()
    cloud.client("dynamodb").update_item(
        TableName=cloud.stack.outputs["RegistryTable"],
        Key={"id": {"S": "team/older"}},
        UpdateExpression="REMOVE #connect",
        ExpressionAttributeNames={"#connect": "connect"},
    )
    assert "older" not in reported(cloud, sweep(cloud))
    # Recovery makes up for the announcement of what was recorded, and knows of it what the record says.
    holder = cloud.registry()["team/older"]["execution"]["S"]
    unwind = {
        "stateMachineArn": cloud.stack.outputs["UnwindTeamArn"],
        "input": json.dumps({"team": "older", "holder": holder}),
    }
    client = cloud.client("stepfunctions")
    assert outcome(cloud.wait(client.start_execution(**unwind)["executionArn"])) == "onboarded"
    assert said_of(cloud, "older")[-1] == ("Team Onboarded", {"team": "older", "execution": holder, "connect": None})
    execution = cloud.onboard(small("older"))
    assert (outcome(execution), announced(cloud, execution)[0][1]["changes"]) == ("onboarded", [])
    assert recorded(cloud, "older") == known
    left = [line for line in difference(whole, cloud.snapshot()) if "registry" not in line and "sweeps/" not in line]
    assert left == []
    again = {**unwind, "input": json.dumps({"team": "older", "holder": execution.arn})}
    assert outcome(cloud.wait(client.start_execution(**again)["executionArn"])) == "onboarded"
    assert said_of(cloud, "older")[-1][1]["connect"] == known
