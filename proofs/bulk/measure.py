"""Onboards many teams by one manifest, some lines of it bad and IAM throttled, and measures.

Exits with 1 where a good line was not onboarded or a bad one not reported.
"""

import argparse
import itertools
import json
import resource
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from proofs import page
from proofs.computing import computed, resident
from sandbox.aws.stepfunctions.history import entered
from sandbox.cloud import Cloud, Execution, Options, running
from sandbox.runtime.call_log import Call, Entry
from sandbox.runtime.faults import Fault, Kind
from sandbox.scenery import accounts
from sandbox.scenery.landscape import scientists

KEY: Final = "manifests/bulk.jsonl"
TEAMS_OF_A_ROLE: Final = 40
"""IAM gives room to just over so many."""
EACH_THROTTLED: Final = 50
"""One of so many calls to IAM is throttled."""
_BAD: Final = ("{not json", '{"team": "Not A Team"}', '{"team": "colourful", "colour": "blue"}')
_LOOK_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Figures:
    """What one run was measured at; times in real seconds."""

    teams: int
    bad: int
    seconds: float
    first_half: float
    """Seconds a team, over the first half of the teams to end."""
    last_half: float
    calls: int
    throttled: int
    megabytes: float
    """The most memory that the process of the sandbox had, without those of the functions."""
    grown: float
    """By how many megabytes that process grew while teams came in."""
    transitions: int
    """States entered by all executions."""
    computed: float
    """CPU seconds of all processes together while teams came in."""

    @property
    def row(self) -> list[str]:
        """For a table."""
        return [
            f"{self.teams:,}",
            str(self.bad),
            f"{self.seconds:,.0f} s",
            f"{self.seconds / self.teams:.1f} s",
            f"{self.first_half:.1f} s",
            f"{self.last_half:.1f} s",
            f"{self.calls / self.teams:.0f}",
            f"{self.throttled:,}",
            f"{self.megabytes:,.0f} MB",
        ]


HEADER: Final = (
    "teams",
    "bad lines",
    "time",
    "a team",
    "first half, a team",
    "last half, a team",
    "calls a team",
    "throttled",
    "memory",
)


class Calls:
    """Counts the calls of the stack, and throttles each so-manieth of IAM; counts the states entered too."""

    def __init__(self) -> None:
        self.count, self.throttled, self.transitions = 0, 0, 0
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def begin(self, cloud: Cloud) -> None:
        """Counts and throttles from now on."""
        self.transitions = 0
        cloud.calls.listen(self._counted)
        cloud.faults.add(Fault(self._throttles, Kind.THROTTLE, times=None))

    def happened(self, execution: str, event: Mapping[str, Any]) -> None:
        """Takes one event of an execution's history."""
        with self._lock:
            self.transitions += entered(event)

    def _counted(self, entry: Entry) -> None:
        self.count += entry.call.principal != "operator"
        self.throttled += entry.error == f"fault:{Kind.THROTTLE.value}"

    def _throttles(self, call: Call) -> bool:
        with self._lock:
            return call.service == "iam" and call.function is not None and next(self._numbers) % EACH_THROTTLED == 0


def roles_for(teams: int) -> int:
    """How many DataScientistRoles so many teams take."""
    return -(-teams // TEAMS_OF_A_ROLE)


def scientists_role(number: int, teams: int) -> str:
    """ARN of the DataScientistRole of one of so many teams."""
    roles = roles_for(teams)
    return f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:role/{scientists(roles)[-1 - number % roles]}"


def manifest(teams: int, bad: int) -> str:
    """Good lines, spread over the roles, and bad ones among them."""
    good = [json.dumps(_team(number, teams)) for number in range(teams)]
    every = max(1, teams // bad) if bad else teams
    for place in range(bad):
        good.insert(place * (every + 1), _BAD[place % len(_BAD)])
    return "\n".join(good)


def _team(number: int, teams: int) -> dict[str, Any]:
    team = f"team-{number}"
    images = {"bucket": "example-corp-images", "accountId": accounts.DATA_ACCOUNT, "prefix": "curated/"}
    own = {"bucket": "example-corp-checkpoints", "accountId": accounts.DATA_ACCOUNT, "prefix": f"{team}/"}
    return {
        "team": team,
        "dataScientistRoleArn": scientists_role(number, teams),
        "datasets": [images, {**own, "access": "read-write"}],
        "quota": {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}]},
    }


def onboard(teams: int) -> tuple[Figures, list[str]]:
    """Onboards so many teams in a fresh sandbox; the figures, and what is not as it should be."""
    bad, calls = max(1, teams // 100), Calls()
    options = Options(scientists=roles_for(teams), keep_calls=False, on_history=calls.happened)
    with running(options) as cloud:
        bucket, s3 = cloud.stack.outputs["FilesBucket"], cloud.client("s3")
        s3.put_object(Bucket=bucket, Key=KEY, Body=manifest(teams, bad).encode())
        calls.begin(cloud)
        began, cpu, megabytes = time.time(), computed(), resident()
        execution = _run(cloud)
        figures = Figures(
            teams=teams,
            bad=bad,
            seconds=time.time() - began,
            first_half=0,
            last_half=0,
            calls=calls.count,
            throttled=calls.throttled,
            megabytes=_peak(),
            grown=resident() - megabytes,
            transitions=calls.transitions,
            computed=computed() - cpu,
        )
        if execution.status != "SUCCEEDED":
            return figures, [str(execution.cause)]
        ends = [began, *_ends(cloud)]
        half = teams // 2
        figures = replace(
            figures,
            first_half=(ends[half] - began) / half,
            last_half=(ends[-1] - ends[half]) / (teams - half),
        )
        lines = json.loads(s3.get_object(Bucket=bucket, Key=f"{KEY}.result.json")["Body"].read())
        return figures, list(_complaints(cloud, lines, teams, bad))


def _run(cloud: Cloud) -> Execution:
    client = cloud.client("stepfunctions")
    machine = cloud.stack.outputs["OnboardManyArn"]
    arn: str = client.start_execution(stateMachineArn=machine, input=json.dumps({"key": KEY}))["executionArn"]
    while client.describe_execution(executionArn=arn)["status"] == "RUNNING":
        cloud.clock.sleep(_LOOK_SECONDS)
    return cloud.wait(arn)


def _ends(cloud: Cloud) -> list[float]:
    """When each execution of onboard_team has ended, in order."""
    pages = cloud.client("stepfunctions").get_paginator("list_executions")
    found = pages.paginate(stateMachineArn=cloud.stack.outputs["OnboardTeamArn"])
    return sorted(execution["stopDate"].timestamp() for page in found for execution in page["executions"])


def _complaints(cloud: Cloud, lines: list[dict[str, Any]], teams: int, bad: int) -> Iterator[str]:
    ends = Counter(line["result"] for line in lines)
    if ends != {"onboarded": teams, "bad": bad}:
        yield f"{dict(ends)}, not {teams} onboarded and {bad} bad"
    for line in lines:
        if line["result"] == "failed":
            yield f"line {line['line']} ({line['team']}): {line['reason']}"
    active = [key for key, item in cloud.registry().items() if item.get("status") == {"S": "active"}]
    if len(active) != teams:
        yield f"the registry has {len(active)} active teams"


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _table(figures: Sequence[Figures]) -> str:
    return page.table(list(HEADER), [one.row for one in figures], texts=0)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status. Each number of teams is onboarded in a sandbox of its own."""
    parser = argparse.ArgumentParser(prog="python -m proofs.bulk", description=__doc__)
    parser.add_argument("--teams", type=int, nargs="+", default=[10, 100, 1000], help="how many, for each run")
    parser.add_argument("--write", action="store_true", help="put the table into docs/doors.md")
    chosen = parser.parse_args(arguments)
    found, wrong = [], 0
    for teams in chosen.teams:
        figures, complaints = onboard(teams)
        found.append(figures)
        wrong += len(complaints)
        print(_table(found), *complaints[:20], sep="\n", flush=True)  # noqa: T201
    if chosen.write and not wrong:
        page.write("doors.md", "proofs.bulk", _table(found))
    return 1 if wrong else 0
