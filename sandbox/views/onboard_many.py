"""One bulk onboarding for a person at a terminal: a bar while it runs, and what came of each line."""

import json
import resource
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sandbox.cloud import Cloud, Execution, running

_LOOK_SECONDS = 1.0
_SHOWN = 25


def onboard_many(console: Console, manifest: Path) -> bool:
    """Onboards the teams of a manifest in a fresh sandbox; whether every line was onboarded."""
    console.print("Deploying template.yaml and accounts/*.yaml into the sandbox ...", highlight=False)
    with running() as cloud:
        started = time.monotonic()
        execution = _run(console, cloud, f"manifests/{manifest.name}", manifest.read_bytes())
        took = time.monotonic() - started
        if execution.status != "SUCCEEDED":
            console.print(f"[bold red]{execution.status}[/] {escape(execution.cause or '')}", highlight=False)
            return False
        counts: dict[str, int] = {key: value for key, value in execution.output.items() if key != "report"}
        for line in _result(cloud, f"manifests/{manifest.name}", _SHOWN):
            told = f"line {line['line']} ({line['team']}): {line['result']}, {line.get('reason', '')}"
            console.print(f"  [red]{escape(told)}[/]", highlight=False)
        teams = counts["onboarded"]
        said = ", ".join(f"{count} {end}" for end, count in counts.items())
        console.print(f"{said} in {took:.0f} s.", highlight=False)
        if teams:
            # Sandbox and functions' own work; the functions themselves are other processes.
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            calls = len([entry for entry in cloud.calls.entries() if entry.call.principal != "operator"])
            each = f"{took / teams:.2f} s and {calls / teams:.0f} calls a team"
            console.print(f"{each}; the sandbox took at most {peak:.0f} MB.", highlight=False)
        return counts["onboarded"] == sum(counts.values())


def _run(console: Console, cloud: Cloud, key: str, body: bytes) -> Execution:
    bucket, client = cloud.stack.outputs["FilesBucket"], cloud.client("stepfunctions")
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    machine = cloud.stack.outputs["OnboardManyArn"]
    arn: str = client.start_execution(stateMachineArn=machine, input=json.dumps({"key": key}))["executionArn"]
    columns = (
        TextColumn("Onboarding"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("teams", total=None)
        while client.describe_execution(executionArn=arn)["status"] == "RUNNING":
            pages = cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
            found = {each["Key"]: each for page in pages for each in page.get("Contents", [])}
            items = f"{key}.items.json"
            if progress.tasks[task].total is None and items in found:
                text = cloud.client("s3").get_object(Bucket=bucket, Key=items)["Body"].read()
                progress.update(task, total=len(json.loads(text)))
            progress.update(task, completed=sum(name.startswith(f"{key}.results/") for name in found))
            cloud.clock.sleep(_LOOK_SECONDS)
    return cloud.wait(arn)


def _result(cloud: Cloud, key: str, most: int) -> list[dict[str, Any]]:
    """The lines that were not onboarded."""
    bucket = cloud.stack.outputs["FilesBucket"]
    text = cloud.client("s3").get_object(Bucket=bucket, Key=f"{key}.result.json")["Body"].read()
    return [line for line in json.loads(text) if line["result"] != "onboarded"][:most]
