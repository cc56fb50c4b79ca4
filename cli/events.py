"""What executions of onboard_team are started with, beside the bare detail of a team."""

from typing import Any, Final

from cli.stack import Stack

SOURCE: Final = "hyperpod.teams"


def departure(where: Stack, team: str, **more: Any) -> dict[str, Any]:
    """Team Deleted, asked for by the cluster's account: only its principals may start executions there."""
    return {
        "source": SOURCE,
        "detail-type": "Team Deleted",
        "account": where.account,
        "detail": {"team": team, **more},
    }


def ending(where: Stack, kind: str, team: str, **said: Any) -> dict[str, Any]:
    """Team Extended, Team Suspended or Team Resumed, asked for as `departure` is."""
    detail = {"team": team, **{name: value for name, value in said.items() if value}}
    return {"source": SOURCE, "detail-type": kind, "account": where.account, "detail": detail}


def team_in(payload: object) -> str | None:
    """The team that an execution's input names, a bare detail or a whole event; None where it names none."""
    detail = payload.get("detail", payload) if isinstance(payload, dict) else None
    team = detail.get("team") if isinstance(detail, dict) else None
    return team if isinstance(team, str) else None
