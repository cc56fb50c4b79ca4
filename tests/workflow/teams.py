"""Teams for tests: details of events, and what a cloud shows of a team afterwards."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from proofs.bench.calls import writes
from sandbox.cloud import Cloud, Execution
from sandbox.runtime.call_log import Entry
from sandbox.scenery import accounts
from sandbox.scenery.landscape import LABELS_KEY

Detail = dict[str, Any]

SAMPLE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "events" / "team-created.json").read_text())

IMAGES = {"bucket": "example-corp-images", "accountId": accounts.DATA_ACCOUNT, "prefix": "curated/"}
LABELS = {"bucket": "example-corp-labels", "accountId": accounts.DATA_ACCOUNT, "kmsKeyArn": LABELS_KEY}
CHECKPOINTS = {
    "bucket": "example-corp-checkpoints",
    "accountId": accounts.DATA_ACCOUNT,
    "prefix": "vision/",
    "access": "read-write",
}

STEPS = ("iam_roles", "s3_access_point", "eks_access_entry", "quota_namespace", "fsx_storage", "pod_identity")
WITHOUT_STORAGE = tuple(step for step in STEPS if step != "fsx_storage")
"""The steps of a team that asks for none."""


def detail(team: str, **changes: Any) -> Detail:
    """The sample event's detail for this team, with fields replaced."""
    return {**deepcopy(SAMPLE["detail"]), "team": team, **changes}


def small(team: str, **changes: Any) -> Detail:
    """A team with one plain dataset, for tests about something else."""
    quota = {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}]}
    return detail(team, **{"datasets": [IMAGES], "quota": quota, **changes})


def folder(team: str, dataset: Detail, **changes: Any) -> Detail:
    """A storage of the team that shows the dataset."""
    shown = f"{dataset['bucket']}/{dataset.get('prefix', '')}".rstrip("/")
    return {"name": "data", "dataset": shown, "path": f"/teams/{team}/data", **changes}


def own(team: str, **changes: Any) -> Detail:
    """A dataset that no other team links: a file system links each once."""
    return {**IMAGES, "prefix": f"{team}/", **changes}


def with_folder(team: str, dataset: Detail | None = None, **changes: Any) -> Detail:
    """A small team with one folder."""
    dataset = dataset or own(team)
    return small(team, datasets=[dataset], storage=[folder(team, dataset, **changes)])


def changing(entries: Iterable[Entry]) -> list[str]:
    """The calls among these that change something, by service and operation; the sandbox's own left out."""
    return [
        f"{entry.call.service}:{entry.call.operation}"
        for entry in entries
        if entry.call.principal != "operator" and writes(entry.call)
    ]


def asked_again(entries: Iterable[Entry]) -> list[str]:
    """What a function asked more than once among these calls: operation and resource, with the same parameters."""
    calls = [entry.call for entry in entries if entry.call.function and entry.status is not None]
    count = Counter(
        (call.function, f"{call.service}:{call.operation}", call.resource, text({"with": dict(call.parameters)}))
        for call in calls
    )
    return [f"{function} {operation} {resource}" for (function, operation, resource, _), n in count.items() if n > 1]


def announced(cloud: Cloud, execution: Execution) -> list[tuple[str, dict[str, Any]]]:
    """What an execution put on the bus: detail type and detail."""
    entries = [
        event
        for call in cloud.calls.entries(service="events", operation="PutEvents")
        for event in call.call.parameters["Entries"]
    ]
    details: list[tuple[str, dict[str, Any]]] = [(e["DetailType"], json.loads(e["Detail"])) for e in entries]
    return [(kind, said) for kind, said in details if said.get("execution") == execution.arn]


def outcome(execution: Execution) -> str:
    """The outcome of an execution that succeeded."""
    assert execution.status == "SUCCEEDED", execution.cause
    return str(execution.output["outcome"])


def sentences(execution: Execution) -> str:
    """The problems that a dry run answers with, as the cause of a failed onboarding says them."""
    return ". ".join(f"{each['resource']}: {each['reason']}" for each in problems_in(execution))


def problems_in(execution: Execution) -> list[dict[str, str]]:
    """What a dry run has found wrong, step by step."""
    return [each for step in execution.output["plan"] for each in step["problems"]]


def text(value: Mapping[str, Any]) -> str:
    """One text for one value, for comparisons byte for byte."""
    return json.dumps(value, sort_keys=True)
