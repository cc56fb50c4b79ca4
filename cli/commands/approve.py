"""`approve` and `deny`: decisions about what a team's execution waits with."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

import boto3
import typer
from botocore.exceptions import ClientError

from cli import screen, stack
from cli.endings import Mistyped, Refusal, code_of
from cli.options import StackName
from cli.registry import record_of
from cli.stack import Stack

Team = Annotated[str, typer.Argument(metavar="TEAM", help="A team that waits for approval.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for those who asked.")]
Digest = Annotated[str, typer.Option("--digest", help="The plan that is meant; by default the one that waits.")]
Bus = Annotated[
    str,
    typer.Option(
        "--bus", help="ARN of the stack's bus, with another account's credentials at hand; nothing else is looked at."
    ),
]

_SOURCE: Final = "hyperpod.teams"


def approve(team: Team, reason: Reason = "", digest: Digest = "", bus: Bus = "", stack_name: StackName = None) -> None:
    """Approve the very plan that a team waits with; nobody approves what his own account asked for.

    Exit status: 0 the decision was sent, 1 this account may not decide, 2 the team waits for none.
    """
    _decide("Team Approved", team, reason, digest, bus, stack_name)


def deny(team: Team, reason: Reason = "", digest: Digest = "", bus: Bus = "", stack_name: StackName = None) -> None:
    """Deny what a team waits with: it ends as it was.

    Exit status: 0 the decision was sent, 1 this account may not decide, 2 the team waits for none.
    """
    _decide("Team Denied", team, reason, digest, bus, stack_name)


def _decide(kind: str, team: str, reason: str, digest: str, bus: str, stack_name: str | None) -> None:
    said = {"team": team, "digest": digest, "reason": reason}
    if bus:
        _put(_events_of(bus), bus, kind, said)
        screen.output().print(f"{kind}: sent. Account {_account(bus)} sees what comes of it.", highlight=False)
        return
    where = stack.find(stack_name)
    waiting = _waiting(where, team)
    _put(where.client("events"), where.output("TeamsBusArn"), kind, {**said, "digest": digest or waiting["digest"]})
    screen.output().print(f"{kind}: sent. `hyperpod-teams watch {team}` shows what comes of it.", highlight=False)


def _waiting(where: Stack, team: str) -> dict[str, Any]:
    """What the team waits with. Refuses where it waits for nothing, or for another account's people."""
    record = record_of(where, team)
    if record is None or record.approval is None:
        raise Mistyped(f"Team {team} waits for no approval: it was decided before, timed out, or was not asked for.")
    within = where.parameters.get("ApproveWithinAccount") == "true"
    if record.fields.get("claimant") == where.account and not within:
        raise Refusal(
            f"Account {where.account} asked for this itself: somebody of another administrator's account types "
            f"`hyperpod-teams approve {team} --bus {where.output('TeamsBusArn')}`, or deny."
        )
    return record.approval


def _put(events: Any, bus: str, kind: str, said: Mapping[str, str]) -> None:
    detail = json.dumps({name: value for name, value in said.items() if value})
    entry = {"EventBusName": bus, "Source": _SOURCE, "DetailType": kind, "Detail": detail}
    try:
        answer = events.put_events(Entries=[entry])["Entries"][0]
    except ClientError as error:
        if code_of(error).startswith("AccessDenied"):
            raise Refusal(f"Bus {bus} does not listen to these credentials: {_WHO}.") from None
        raise
    if "EventId" not in answer:
        raise Refusal(f"Bus {bus} did not take it ({answer.get('ErrorMessage')}): {_WHO}.")


_WHO: Final = (
    "an account of the stack's AdministratorAccountIds decides, by an identity with events:PutEvents on the bus "
    '(docs/operating.md, "Who may use it")'
)


def _events_of(bus: str) -> Any:
    parts = bus.split(":")
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "events" or not parts[5].startswith("event-bus/"):
        raise Mistyped(f"--bus {bus}: no ARN of an event bus; it is the stack's output TeamsBusArn.")
    return boto3.session.Session(region_name=parts[3]).client("events")


def _account(bus: str) -> str:
    return bus.split(":")[4]
