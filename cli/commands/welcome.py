"""`welcome`: how a team's people get in."""

from typing import Any

from cli import screen, stack
from cli.endings import Mistyped, Refusal
from cli.options import Json, StackName, Team
from cli.registry import Record, record_of
from cli.views.welcome import markdown

_SHUT = ("offboarding", "stuck")


def welcome(team: Team, stack_name: StackName = None, as_json: Json = False) -> None:
    """Tell a team's people how they get in, in Markdown: profile, cluster, queue, datasets, a first training job.

    Exit status: 0; 1 where the team cannot get in or it is not recorded how; 2 where there is no such team.
    """
    where = stack.find(stack_name)
    record = record_of(where, team)
    if record is None:
        raise Mistyped(f"There is no team {team} in the registry of {where.name}: `hyperpod-teams list` has all.")
    connect, policy = _recorded(record)
    if as_json:
        screen.print_json(connect)
    else:
        # As it stands, to be copied: nothing in it is markup of the terminal's or the name of a picture.
        screen.output().print(markdown(team, connect, policy), markup=False, emoji=False, highlight=False)


def _recorded(record: Record) -> tuple[dict[str, Any], str]:
    """What the registry has for the team's people, and the access policy that they have."""
    if record.active is None:
        raise Refusal(f"Team {record.team} is not onboarded, so nobody gets in: apply its file.")
    if record.status in _SHUT:
        raise Refusal(
            f"Team {record.team} is {record.status}, so its people may not get in: `hyperpod-teams show {record.team}` "
            "has what it has left."
        )
    connect = record.fields.get("connect")
    if not connect:
        raise Refusal(
            f"Of team {record.team} it is not recorded how its people get in: an older stack has onboarded it. "
            f"`hyperpod-teams replay {record.team}` records it and changes nothing else."
        )
    return connect, record.active["access"]["policy"]
