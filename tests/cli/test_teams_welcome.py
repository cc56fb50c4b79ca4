"""What a team's people are told to get in, as an operator types it for them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.client import CoreV1Api

from sandbox.cloud import Cloud
from tests.cli.typing_teams import Typed, typed, written
from tests.contracts.pods import refused
from tests.workflow.teams import CHECKPOINTS, IMAGES, folder, small

SAVED = f"{CHECKPOINTS['bucket']}/{CHECKPOINTS['prefix']}"


def applied(cloud: Cloud, path: Path, team: str, **changes: Any) -> dict[str, Any]:
    """Onboards the team; what the registry has for its people."""
    assert typed("apply", written(path / "teams", small(team, **changes)), "--json").status == 0
    found: dict[str, Any] = json.loads(cloud.registry()[f"team/{team}"]["connect"]["S"])
    return found


def changed(cloud: Cloud, team: str, expression: str, **values: str) -> None:
    """The team's item is another from here on."""
    given = {f":{name}": {"S": value} for name, value in values.items()}
    cloud.client("dynamodb").update_item(
        TableName=cloud.stack.outputs["RegistryTable"],
        Key={"id": {"S": f"team/{team}"}},
        UpdateExpression=expression,
        ExpressionAttributeNames={"#field": "status" if "status" in values else "connect"},
        **({"ExpressionAttributeValues": given} if given else {}),
    )


def blocks(told: Typed, language: str) -> list[str]:
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", told.output, re.MULTILINE | re.DOTALL)
    return found


def ran(cloud: Cloud, pod: dict[str, Any]) -> str:
    """What has become of it."""
    core: Any = CoreV1Api(cloud.kubernetes.admin())
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    core.create_namespaced_pod(namespace, pod)
    for _ in range(60):
        phase: str = core.read_namespaced_pod(name, namespace).status.phase
        if phase in ("Succeeded", "Failed"):
            break
        cloud.clock.sleep(5)
    core.delete_namespaced_pod(name, namespace)
    return phase


def pod_of(job: dict[str, Any]) -> dict[str, Any]:
    """The pod that the job's controller makes: the sandbox's cluster has no controllers."""
    template = job["spec"]["template"]
    metadata = {"name": "first-job-0", "namespace": job["metadata"]["namespace"], **template["metadata"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def test_all_that_its_people_need_is_told_in_markdown_and_as_it_is_recorded(cloud: Cloud, tmp_path: Path) -> None:
    datasets = [{**IMAGES, "prefix": "told/"}, {**CHECKPOINTS, "prefix": "told/"}]
    storage = [folder("told", datasets[0], accessMode="ReadOnlyMany")]
    connect = applied(cloud, tmp_path, "told", datasets=datasets, storage=storage)
    assert typed("welcome", "told", "--json").json == connect
    told = typed("welcome", "told")
    assert (told.status, told.errors) == (0, "")
    assert blocks(told, "ini") == ["\n".join(profile["lines"]) + "\n" for profile in connect["profiles"]]
    named = [connect[name] for name in ("namespace", "queue", "serviceAccount", "role")]
    named += [*connect["priorityClasses"], *(each["accessPoint"] for each in connect["datasets"]), "data"]
    for said in named:
        assert f"`{said}`" in told.output, said
    commands = "".join(blocks(told, "sh")).splitlines()
    assert set(connect["commands"].values()) <= set(commands)
    (manifest,) = blocks(told, "yaml")
    spec = yaml.safe_load(manifest)["spec"]["template"]["spec"]
    assert spec["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    assert spec["containers"][0]["volumeMounts"] == [{"name": "data", "mountPath": "/data/data", "readOnly": True}]
    assert refused(pod_of(yaml.safe_load(manifest))) is None


def test_the_job_runs_as_it_stands_and_fails_where_a_dataset_is_closed(cloud: Cloud, tmp_path: Path) -> None:
    connect = applied(cloud, tmp_path, "runs")
    (manifest,) = blocks(typed("welcome", "runs"), "yaml")
    job = yaml.safe_load(manifest)
    assert job["metadata"]["labels"] == {"kueue.x-k8s.io/queue-name": connect["queue"]}
    pod = pod_of(job)
    assert ran(cloud, pod) == "Succeeded"
    pod["spec"]["serviceAccountName"] = "default"
    assert ran(cloud, pod) == "Failed"


def test_of_several_service_accounts_each_is_told_with_what_its_pods_reach(cloud: Cloud, tmp_path: Path) -> None:
    several = [
        {"name": "training", "datasets": [{"dataset": SAVED, "access": "read-write"}]},
        {"name": "evaluation", "datasets": [{"dataset": SAVED}, {"dataset": "example-corp-images/curated"}]},
        {"name": "idle"},
    ]
    applied(cloud, tmp_path, "parted", datasets=[IMAGES, CHECKPOINTS], serviceAccounts=several)
    told = typed("welcome", "parted")
    assert "`training`, `evaluation`, `idle`" in told.output
    _, *parts = told.output.partition("## Folders")[0].split("Under ")
    shown = {part.split("`")[1]: re.findall(r"^\| `(\S+)` \| (\S+) \|", part, re.MULTILINE) for part in parts}
    assert shown == {
        "training": [("example-corp-checkpoints/vision/", "read-write")],
        "evaluation": [("example-corp-images/curated/", "read"), ("example-corp-checkpoints/vision/", "read")],
        "idle": [],
    }
    # The first job is one of the first service account, and looks at what that one reaches.
    job = yaml.safe_load(blocks(told, "yaml")[0])
    assert pod_of(job)["spec"]["serviceAccountName"] == "training"
    assert ran(cloud, pod_of(job)) == "Succeeded"


def test_a_team_that_may_only_view_gets_a_job_of_the_kind_that_it_may_make(cloud: Cloud, tmp_path: Path) -> None:
    applied(cloud, tmp_path, "looks", access={"policy": "view"}, datasets=[])
    (manifest,) = blocks(typed("welcome", "looks"), "yaml")
    job = yaml.safe_load(manifest)
    assert (job["apiVersion"], job["kind"]) == ("kubeflow.org/v1", "PyTorchJob")
    master = job["spec"]["pytorchReplicaSpecs"]["Master"]
    pod = pod_of({"metadata": job["metadata"], "spec": master})
    assert ran(cloud, pod) == "Succeeded"


def test_who_cannot_get_in_is_told_why_and_what_to_do(cloud: Cloud, tmp_path: Path) -> None:
    applied(cloud, tmp_path, "older", datasets=[])
    assert typed("welcome", "nobody").status == 2
    for status in ("offboarding", "stuck"):
        changed(cloud, "older", "SET #field = :status", status=status)
        shut = typed("welcome", "older")
        assert (shut.status, shut.output) == (1, "")
        assert f"Team older is {status}" in shut.errors
    changed(cloud, "older", "SET #field = :status", status="active")
    changed(cloud, "older", "REMOVE #field")
    for words in (["welcome", "older"], ["welcome", "older", "--json"]):
        unknown = typed(*words)
        assert (unknown.status, unknown.output) == (1, "")
        assert "`hyperpod-teams replay older`" in unknown.errors
        assert len(unknown.errors.strip().splitlines()) == 1
    assert typed("replay", "older", "--json").json["changes"] == 0
    assert typed("welcome", "older").status == 0


def test_a_team_that_never_was_onboarded_has_nobody_to_welcome(cloud: Cloud) -> None:
    item = {"id": {"S": "team/never"}, "status": {"S": "onboarding"}}
    cloud.client("dynamodb").put_item(TableName=cloud.stack.outputs["RegistryTable"], Item=item)
    never = typed("welcome", "never")
    cloud.client("dynamodb").delete_item(TableName=cloud.stack.outputs["RegistryTable"], Key={"id": item["id"]})
    assert (never.status, never.output) == (1, "")
    assert "is not onboarded" in never.errors


@pytest.mark.parametrize("field", ["queue", "serviceAccount", "cluster"])
def test_what_others_have_named_moves_no_cursor_and_is_no_markup(cloud: Cloud, tmp_path: Path, field: str) -> None:
    connect = applied(cloud, tmp_path, f"named-{field.lower()}", datasets=[])
    changed(
        cloud, f"named-{field.lower()}", "SET #field = :text", text=json.dumps({**connect, field: "[red]\x1b[2J:key:"})
    )
    told = typed("welcome", f"named-{field.lower()}").output
    assert "[red]\\x1b[2J:key:" in told
    assert "\x1b" not in told
