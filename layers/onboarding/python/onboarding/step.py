"""The handler of a step's function: a few verbs on the step's resources, and nothing else."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ConfigDict

from onboarding import converge, errors
from onboarding.accounts import Accounts
from onboarding.narrowing import plan_narrowing
from onboarding.patience import Waited
from onboarding.plan import Change, Step, plan, refuse_others
from onboarding.request import TeamRequest, recorded
from onboarding.resource import Context
from onboarding.settings import settings


class StepInput(BaseModel):
    """What the state machines send to every step."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: str
    team: str
    request: dict[str, Any] | None = None
    """The team as it should be; left out where the team leaves."""
    previous: dict[str, Any] | None = None
    """The team as the registry knows it, where it has been onboarded before."""
    changes: list[Change] = []
    closed: list[str] = []
    """Accounts of which AWS Organizations says that they are closed or gone."""
    awaited: str = ""
    """Address of the resource for which the state machine has come back to this step, which was not done."""
    waited: int = 0
    """For how many seconds it has done so for that resource."""


Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def handler_of(step: Step) -> Handler:
    """The Lambda handler of this step.

    It raises errors of `onboarding.errors` only, by which the state machines decide; anything else is a defect.
    """
    logger = Logger(service=step.name)
    # One a process: sessions and clients outlive an invocation, and cost more than all else that it does.
    accounts: list[Accounts] = []

    def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
        wanted = StepInput.model_validate(event)
        if not accounts:
            accounts.append(Accounts(settings()))
        leaving = wanted.action == "remove" or (wanted.action == "plan" and wanted.request is None)
        joining = wanted.action == "plan" and wanted.request is not None and wanted.previous is None
        context = Context(
            team=wanted.team,
            settings=settings(),
            accounts=accounts[0],
            leaving=leaving,
            joining=joining,
            closed=frozenset(wanted.closed),
            previous=None if wanted.previous is None else recorded(wanted.previous).in_force,
        )
        logger.info("started", extra={"action": wanted.action, "team": wanted.team})
        try:
            refuse_others(step, wanted.changes, context)
            result = _run(step, wanted, context)
        except errors.OnboardingError as error:
            logger.warning(
                "failed", extra={"team": wanted.team, "error": type(error).__name__, "resource": error.resource}
            )
            raise
        logger.info("ended", extra={"action": wanted.action, "team": wanted.team, "settled": result.get("settled")})
        return result

    return handler


def _run(step: Step, wanted: StepInput, context: Context) -> dict[str, Any]:
    before = Waited(wanted.awaited, wanted.waited)
    match wanted.action:
        case "plan":
            return plan(step, _request(wanted.request), context.previous, context)
        case "apply":
            return converge.apply(step, wanted.changes, context, _request(wanted.request), before)
        case "roll back":
            return converge.roll_back(step, wanted.changes, context, before)
        case "remove":
            return converge.remove(step, wanted.changes, context, before)
        case "narrow":
            # As of a team that leaves, but that this one stays: no data goes with a folder.
            return converge.remove(step, wanted.changes, context, before)
        case "plan narrowing":
            request, previous = _request(wanted.request), context.previous
            if request is None or previous is None:
                raise errors.InvalidRequest("To plan what becomes less takes the team as it was and as it is to be")
            return plan_narrowing(step, request, previous, context)
        case "verify":
            return converge.verify(step, _request(wanted.request), wanted.changes, context)
        case other:
            raise errors.InvalidRequest(
                f"{other!r} is nothing that a step does: plan, apply, verify, roll back, remove, plan narrowing, narrow"
            )


def _request(detail: dict[str, Any] | None) -> TeamRequest | None:
    # Resolved and validated before; strict mode would refuse what JSON has made of it on the way.
    return None if detail is None else TeamRequest.model_validate(detail, strict=False).in_force
