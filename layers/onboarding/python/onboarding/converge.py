"""Apply and roll back are one verb: bring each resource to a state, reading first and doing only what differs."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from onboarding import errors
from onboarding.aws_errors import translate, translated
from onboarding.patience import NOT_YET, PASSING_SECONDS, Waited, next_look
from onboarding.plan import Change, Step
from onboarding.request import TeamRequest
from onboarding.resource import Context, Resource, State, StillSettling, Trial, is_lost, look

ANY_FAILURE = "any"


def apply(
    step: Step,
    changes: Iterable[Change],
    context: Context,
    request: TeamRequest | None = None,
    before: Waited = NOT_YET,
) -> dict[str, Any]:
    """Brings each resource to its state after the plan, in order; stops at the first that needs time.

    A trial is carried out instead, as `request` wants it, and its `outcome` returned; `before` is what the state
    machine has waited for when it comes back to this step. What needs time says for how long it has been waited for
    (`waited`), for how long it may be (`patience`), and when to come back (`lookAgain`), in seconds. Raises the
    OnboardingError of the first that fails.
    """
    result: dict[str, Any] = {"step": step.name, "settled": True}
    for change in changes:
        resource, found, after = change.restored(step)
        waited = before.for_(resource.address)
        try:
            with translated(resource.address):
                if isinstance(resource, Trial) and request is not None:
                    with _writing(context):
                        result["outcome"] = resource.outcome(request, context, waited)
                elif not change.same or resource.goes_along:
                    converge(resource, after, context, known=found.failure if found else None)
        except StillSettling as settling:
            return {
                "step": step.name,
                "settled": False,
                "waitingFor": f"{resource.address}: {settling.what}",
                "awaited": resource.address,
                "waited": waited,
                "patience": resource.patience,
                "lookAgain": next_look(waited),
            }
    return result


def roll_back(step: Step, changes: Iterable[Change], context: Context, before: Waited = NOT_YET) -> dict[str, Any]:
    """Brings each resource back to its state before the plan, last one first, going on past those that fail.

    Returns what is left, with the reasons, and apart from it as `lost` what cannot be reached in accounts that are
    closed or gone; `settled` is False while some of it may still pass, `waitingFor` what a service is at work on,
    `patience` and `lookAgain` as for `apply`. Raises no error of ours: an error would hide what else is left.
    """
    return _backwards(step, changes, context, before, lambda found, after: found)


def remove(step: Step, changes: Iterable[Change], context: Context, before: Waited = NOT_YET) -> dict[str, Any]:
    """Takes away what the plan of a team that leaves, or is to have less, takes away, last one first; otherwise as
    `roll_back`.
    """
    return _backwards(step, changes, context, before, lambda found, after: after)


def _backwards(
    step: Step,
    changes: Iterable[Change],
    context: Context,
    before: Waited,
    target: Callable[[State | None, State | None], State | None],
) -> dict[str, Any]:
    planned = list(changes)
    touched = any(not change.same for change in planned)
    left: list[dict[str, Any]] = []
    lost: list[dict[str, Any]] = []
    waiting_for: str | None = None
    settled, patience = True, PASSING_SECONDS
    for change in reversed(planned):
        resource, found, after = change.restored(step)
        if change.same and not (isinstance(resource, Trial) or (touched and resource.goes_along)):
            continue
        try:
            with translated(resource.address):
                # What it keeps of something that was not seen, an adopted quota say, it can only tell now.
                wanted = resource.planned(look(resource, context), after) if change.unseen else target(found, after)
                converge(resource, wanted, context)
        except errors.Conflict:
            # What is there is not ours, so nothing of ours is left.
            continue
        except StillSettling as settling:
            settled, waiting_for, reason = False, resource.address, f"is still changing: {settling.what}"
            patience = max(patience, resource.patience)
        except errors.OnboardingError as error:
            reason = f"{type(error).__name__}: {error.reason}"
            if is_lost(resource, context):
                lost.append({"resource": resource.address, "reason": f"its account is closed or gone. {reason}"})
                continue
            settled = settled and not isinstance(error, errors.Transient)
        else:
            continue
        left.append({"resource": resource.address, "reason": reason})
    result: dict[str, Any] = {"step": step.name, "settled": settled, "left": left}
    if lost:
        result["lost"] = lost
    if not settled:
        # An error that may pass is no reason to wait for the service anew.
        awaited = waiting_for or before.resource
        waited = before.for_(awaited)
        result |= {"awaited": awaited, "waited": waited, "patience": patience, "lookAgain": next_look(waited)}
    return result if waiting_for is None else {**result, "waitingFor": waiting_for}


def verify(step: Step, request: TeamRequest | None, changes: Iterable[Change], context: Context) -> dict[str, Any]:
    """Reads everything back, and what must be so around it.

    Raises NotAsPlanned for the first thing that is not as planned.
    """
    if request is not None:
        with translated(step.name):
            problem = next((each for each in step.check(request, context) if each.verdict == "problem"), None)
        if problem is not None:
            raise errors.NotAsPlanned(problem.sentence, problem.resource)
    for change in changes:
        resource, _, after = change.restored(step)
        try:
            with translated(resource.address):
                found = resource.as_asked(look(resource, context), after)
        except StillSettling as settling:
            raise errors.NotAsPlanned(f"is still changing: {settling.what}", resource.address) from settling
        if found != after:
            raise errors.NotAsPlanned(_difference(after, found), resource.address)
    return {"step": step.name, "verified": True}


def converge(
    resource: Resource[Any], target: State | None, context: Context, *, known: str | None = ANY_FAILURE
) -> None:
    """Makes the resource what it should be.

    Reads first, always: an answer that was lost, and a service that goes on working, look the same from here. A failure
    of the service other than `known` is this plan's own, and final. Rolling back knows of none: it tries again after
    any, and goes on from half-way.
    Raises StillSettling while the service is at work, ServiceRefused where it gave up.
    """
    if target is not None and target.failure:
        # What the service failed at cannot be asked for; the same thing in good health can.
        target = target.model_copy(update={"failure": None})
    current = look(resource, context)
    if resource.as_asked(current, target) == target:
        return
    if current is not None and current.failure and known not in (ANY_FAILURE, current.failure):
        raise errors.ServiceRefused(current.failure)
    try:
        with _writing(context):
            _change(resource, current, target, context)
    except (BotoCoreError, ClientError, errors.OnboardingError) as error:
        # Where an answer was lost the SDK asks again by itself, and hears why what is done cannot be done.
        found = look(resource, context)
        done = resource.as_asked(found, target) == target
        if not done and found != current and known == ANY_FAILURE and _is_final(error):
            raise errors.Busy(f"has come half-way, and the next try goes on from there: {error}") from error
        if not done:
            raise
    if resource.asynchronous:
        raise StillSettling("was asked for")


@contextmanager
def _writing(context: Context) -> Iterator[None]:
    """Nothing that was read before the block, or in it, is taken for what is there after it, however it ends."""
    try:
        yield
    finally:
        context.readings.forget()


def _is_final(error: BotoCoreError | ClientError | errors.OnboardingError) -> bool:
    return isinstance(error if isinstance(error, errors.OnboardingError) else translate(error), errors.Final)


def _change(resource: Resource[Any], current: State | None, target: State | None, context: Context) -> None:
    if target is None:
        resource.delete(context, current)
    elif current is None:
        resource.create(context, target)
    else:
        resource.update(context, current, target)


def _difference(wanted: State | None, found: State | None) -> str:
    if found is None or wanted is None:
        return "is gone" if found is None else "should be gone, and is there"
    was, now = wanted.model_dump(mode="json"), found.model_dump(mode="json")
    fields = ", ".join(f"{name} is {now[name]!r} instead of {was[name]!r}" for name in was if was[name] != now[name])
    return f"reads back otherwise than planned: {fields}"
