"""The plan: what each resource of a step is now, and what it will be."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from onboarding import errors
from onboarding.aws_errors import translated
from onboarding.request import TeamRequest
from onboarding.resource import Context, Resource, State, StillSettling, look, restore

Desired = tuple[Resource[Any], State]


@dataclass(frozen=True)
class Step:
    """One step of onboarding: the kinds of resource it owns, and which of them a team should have."""

    name: str
    kinds: tuple[type[Resource[Any]], ...]
    desired: Callable[[TeamRequest, Context], Iterable[Desired]]
    """The resources of a team, in the order in which they are made."""
    check: Callable[[TeamRequest, Context], Iterator["Finding"]]
    """Reads what must be so before anything is touched, and yields what is not."""


class Finding(BaseModel):
    """Something that a person should know before the plan is carried out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resource: str
    reason: str


class Change(BaseModel):
    """One resource in a plan. `after` is left out of the record where it equals `before`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    identity: dict[str, str]
    address: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    same: bool = False

    @property
    def action(self) -> str:
        """create, update, delete or keep."""
        if self.same:
            return "keep"
        if self.before is None:
            return "create"
        return "update" if self.after is not None else "delete"

    def restored(self, step: Step) -> tuple[Resource[Any], State | None, State | None]:
        """The resource, its state before and its state after."""
        kind = next(kind for kind in step.kinds if kind.kind == self.kind)
        before = None if self.before is None else kind.state.model_validate(self.before)
        after = before if self.same else None if self.after is None else kind.state.model_validate(self.after)
        return restore(kind, self.identity), before, after

    def record(self) -> dict[str, Any]:
        """As it goes through the state machine and into the registry."""
        return self.model_dump(mode="json", exclude_defaults=True)


def plan(step: Step, request: TeamRequest | None, previous: TeamRequest | None, context: Context) -> dict[str, Any]:
    """What the step would change to bring the team from `previous` to `request`, None being no team at all.

    Problems are returned, not raised, so that an operator sees those of all steps at once. Raises a Transient error
    where the world could not be read.
    """
    problems: list[Finding] = []
    if request is not None:
        with _noting(problems, step.name):
            problems.extend(step.check(request, context))
    changes: list[Change] = []
    if not problems:
        for resource, desired in _resources(step, request, previous, context):
            # What is not ours is no problem for a team that leaves: it stays.
            notes = problems if request is not None else []
            with _noting(notes, resource.address):
                changes.append(_change(resource, desired, context))
    return {
        "step": step.name,
        "changes": [change.record() for change in changes],
        "problems": [problem.model_dump() for problem in problems],
    }


def _resources(
    step: Step, request: TeamRequest | None, previous: TeamRequest | None, context: Context
) -> Iterator[tuple[Resource[Any], State | None]]:
    wanted = list(step.desired(request, context)) if request else []
    yield from wanted
    addresses = {resource.address for resource, _ in wanted}
    former = [resource for resource, _ in step.desired(previous, context)] if previous else []
    # What an update takes away goes in reverse: it may rest on what was made before it. A leaving team's plan is itself
    # carried out in reverse.
    for resource in reversed(former) if request else former:
        if resource.address not in addresses:
            yield resource, None


def _change(resource: Resource[Any], desired: State | None, context: Context) -> Change:
    before = look(resource, context)
    after = resource.planned(before, desired)
    same = before == after
    return Change(
        kind=resource.kind,
        identity=resource.identity(),
        address=resource.address,
        before=None if before is None else before.model_dump(mode="json", exclude_defaults=True),
        after=None if same or after is None else after.model_dump(mode="json", exclude_defaults=True),
        same=same,
    )


@contextmanager
def _noting(problems: list[Finding], resource: str) -> Iterator[None]:
    """Notes the final errors of a block as problems; lets the transient ones through."""
    try:
        with translated(resource):
            yield
    except errors.Final as error:
        problems.append(Finding(resource=error.resource or resource, reason=error.reason))
    except StillSettling as settling:
        raise errors.Busy(f"somebody else is changing it: {settling.what}", resource) from settling
