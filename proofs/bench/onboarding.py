"""One onboarding, warm, against the writes that it consists of: made by boto3 alone, and by the AWS CLI."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from proofs.bench import teams
from proofs.bench.figures import Figure, Section
from proofs.bench.replay import Write, environment, writes_of
from proofs.computing import computed
from sandbox.aws.gateway.operators import operator
from sandbox.cloud import ROOT, Cloud, Options, running
from sandbox.scenery.accounts import REGION

AWS: Final = ROOT / ".aws-venv" / "bin" / "aws"
TURNS: Final = 3


@dataclass(frozen=True)
class Took:
    """How long something took."""

    seconds: float
    computed: float
    """CPU seconds of all processes together, the sandbox's among them."""

    def __str__(self) -> str:
        return f"{self.seconds:.2f} / {self.computed:.2f}"


@dataclass(frozen=True)
class Turn:
    """The same three times, one after the other."""

    onboarding: Took
    boto3: Took
    commands: Took
    writes: int
    kubernetes: int
    """Writes to Kubernetes, which the onboarding alone has made."""


def measured() -> Section:
    """Plays the turns.

    Raises FileNotFoundError without the AWS CLI, RuntimeError where an onboarding fails, CalledProcessError where the
    same writes do.
    """
    if not AWS.exists():
        raise FileNotFoundError(f"{AWS} is not there. Run: make .aws-venv/.ready")
    with running(Options()) as cloud:
        teams.onboard(cloud, teams.FIRST)
        cloud.settle()
        return section([_turn(cloud) for _ in range(TURNS)])


def section(turns: Sequence[Turn]) -> Section:
    """The figures: medians of each turn's own ratios."""
    last = turns[-1]
    return Section(
        title="One onboarding, warm",
        subject="onboarding",
        text=f"""\
The team of events/team-created.json comes into a running sandbox in which another team has been onboarded. The clock is
virtual: waiting for AWS costs nothing, and only what is computed counts. Then the team leaves, and the {last.writes}
writes to AWS that its onboarding made, the stack's own records among them, are made again from the call log, as
administrators of the accounts: by boto3, in one process with its clients made beforehand, and once more by the AWS CLI,
a process a call. The onboarding's time has all its reads in it, the state machine and the {last.kubernetes} writes to
Kubernetes; the others have none of these, since neither can write to Kubernetes. Medians of {len(turns)} turns.""",
        figures=[
            *_pair("onboarding, against the same writes by boto3", turns, _against_boto3, goal=3),
            *_pair("the same writes by AWS CLI, against the onboarding", turns, _commands_against, goal=15),
        ],
        details={
            "Each turn, time / CPU time in seconds": (
                ("turn", "onboarding", "boto3", "AWS CLI"),
                [
                    [str(number), str(turn.onboarding), str(turn.boto3), str(turn.commands)]
                    for number, turn in enumerate(turns, 1)
                ],
            )
        },
    )


def _against_boto3(turn: Turn) -> tuple[Took, Took]:
    return turn.onboarding, turn.boto3


def _commands_against(turn: Turn) -> tuple[Took, Took]:
    return turn.commands, turn.onboarding


def _pair(what: str, turns: Sequence[Turn], sides: Callable[[Turn], tuple[Took, Took]], goal: float) -> list[Figure]:
    """In time, and in CPU time."""
    pairs = [sides(turn) for turn in turns]
    return [
        Figure(f"{what}, in {measure}", median(ratios), "times", goal, at_least=sides is _commands_against, digits=1)
        for measure, ratios in (
            ("time", [one.seconds / other.seconds for one, other in pairs]),
            ("CPU time", [one.computed / other.computed for one, other in pairs]),
        )
    ]


def _turn(cloud: Cloud) -> Turn:
    team = str(teams.PLAIN["team"])
    cloud.calls.clear()
    began, cpu = time.perf_counter(), computed()
    teams.onboard(cloud, teams.PLAIN)
    onboarding = Took(time.perf_counter() - began, computed() - cpu)
    writes, kubernetes = writes_of(cloud.calls.entries())
    cloud.settle()
    teams.offboard(cloud, team)
    boto3 = _by_boto3(cloud, writes)
    _leave(cloud, team)
    commands = _by_commands(cloud, writes)
    _leave(cloud, team)
    return Turn(onboarding, boto3, commands, len(writes), kubernetes)


def _leave(cloud: Cloud, team: str) -> None:
    # What AWS goes on with after its answer, a quota for instance, is at an end then.
    cloud.clock.sleep(600)
    teams.offboard(cloud, team)


def _by_boto3(cloud: Cloud, writes: Sequence[Write]) -> Took:
    given = [
        {
            "service": write.service,
            "method": write.method,
            "arguments": {**operator(write.account), "region_name": REGION, "endpoint_url": _endpoint(cloud, write)},
            "parameters": write.parameters,
        }
        for write in writes
    ]
    cpu = time.process_time()
    answer = subprocess.run(
        [sys.executable, "-c", "from proofs.bench.bare import main; main()"],
        input=json.dumps(given),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment(cloud.endpoints, operator(writes[0].account)),
    )
    took = Took(**json.loads(answer.stdout))
    # The process itself says what it computed for its calls; what the sandbox computed for them was here.
    return Took(took.seconds, took.computed + time.process_time() - cpu)


def _by_commands(cloud: Cloud, writes: Sequence[Write]) -> Took:
    environments = {write.account: environment(cloud.endpoints, operator(write.account)) for write in writes}
    began, cpu = time.perf_counter(), computed()
    for write in writes:
        command = [str(AWS), *write.command, "--cli-input-json", json.dumps(write.parameters)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environments[write.account])
    return Took(time.perf_counter() - began, computed() - cpu)


def _endpoint(cloud: Cloud, write: Write) -> str:
    return cloud.endpoints["AWS_ENDPOINT_URL_S3_CONTROL"] if write.service == "s3control" else cloud.url
