"""The plan: what each resource of a step is now, and what it will be."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from onboarding import errors
from onboarding.aws_errors import translated
from onboarding.findings import FindingId
from onboarding.request import TeamRequest
from onboarding.resource import Context, Resource, State, StillSettling, Trial, is_lost, look, resource_of

Desired = tuple[Resource[Any], State | None]
"""A resource and its state; a Trial has none."""

Planned = tuple[Resource[Any], State | None, State | None]
"""A resource, its state before the plan is carried out and its state afterwards."""


def _nothing(_asked: object, _context: Context) -> Iterator["Finding"]:
    return iter(())


@dataclass(frozen=True)
class Step:
    """One step of onboarding: the kinds of resource it owns, and which of them a team should have."""

    name: str
    kinds: tuple[type[Resource[Any]], ...]
    desired: Callable[[TeamRequest, Context], Iterable[Desired]]
    """The resources of a team, in the order in which they are made."""
    check: Callable[[TeamRequest, Context], Iterator["Finding"]]
    """Reads what must be so before anything is touched, and yields how each of it was found."""
    advise: Callable[[TeamRequest, Context], Iterator["Finding"]] = _nothing
    """The same for what stands in nobody's way: read once, when planning, and never again."""
    forecast: Callable[[list[Planned], Context], Iterator["Finding"]] = _nothing
    """What will stand in the way of just these changes. A team that leaves is warned of it, and goes all the same."""
    had: Callable[[TeamRequest, Context], Iterable[Resource[Any]]] | None = None
    """The resources of a team, found without looking at anything; for a step whose `desired` looks."""

    def resources(self, request: TeamRequest, context: Context) -> list[Resource[Any]]:
        """What a team of this request has, in the order in which it was made."""
        return list(self.had(request, context) if self.had else (one for one, _ in self.desired(request, context)))


class Finding(BaseModel):
    """One thing that was looked at before the plan is carried out: how it was found, and what is wrong with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: FindingId
    """Which check it is of: the same for every team, also where all is well (docs/findings.md)."""
    resource: str
    state: str = ""
    """How it was found, in a few words."""
    reason: str = ""
    """What is wrong and what to do about it, in a sentence; empty where it is as it must be."""
    mend: str = ""
    """The command that mends it, where one does."""
    warning: bool = False
    """Whether onboarding goes on all the same."""
    looming: bool = False
    """Whether a warning will stand in the way of this very team one day, so that a sweep tells of it as well."""
    connect: dict[str, Any] = {}
    """What was found and the team's people need to get in; fields of `onboarding.connect`."""

    @property
    def verdict(self) -> Literal["met", "warning", "problem"]:
        """What it means for the plan."""
        if not self.reason:
            return "met"
        return "warning" if self.warning else "problem"

    @property
    def sentence(self) -> str:
        """The reason, with the command."""
        return f"{self.reason}. Run: {self.mend}" if self.mend else self.reason

    def said(self) -> dict[str, Any]:
        """As problems and warnings are announced."""
        return {
            "id": self.id,
            "resource": self.resource,
            "reason": self.sentence,
            **({"looming": True} if self.looming else {}),
        }

    def record(self) -> dict[str, str]:
        """As the plan lists prerequisites."""
        fields = ("id", "resource", "verdict", "state", "reason", "mend")
        return {name: value for name in fields if (value := getattr(self, name))}


class Change(BaseModel):
    """One resource in a plan. `after` is left out of the record where it equals `before`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    identity: dict[str, str]
    address: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    same: bool = False
    unseen: bool = False
    """Set where something is to go and nobody could look: it may be there, and is looked at again in its turn."""

    @property
    def action(self) -> str:
        """create, update, delete or keep."""
        if self.same:
            return "keep"
        if self.unseen:
            return "delete" if self.after is None else "update"
        if self.before is None:
            return "create"
        return "update" if self.after is not None else "delete"

    def restored(self, step: Step) -> tuple[Resource[Any], State | None, State | None]:
        """The resource, its state before and its state after."""
        kind = next(kind for kind in step.kinds if kind.kind == self.kind)
        before = None if self.before is None else kind.state.model_validate(self.before)
        after = before if self.same else None if self.after is None else kind.state.model_validate(self.after)
        return resource_of(kind, self.identity), before, after

    def record(self) -> dict[str, Any]:
        """As it goes through the state machine and into the registry."""
        return self.model_dump(mode="json", exclude_defaults=True)


def plan(step: Step, request: TeamRequest | None, previous: TeamRequest | None, context: Context) -> dict[str, Any]:
    """What the step would change to bring the team from `previous` to `request`, None being no team at all.

    Problems are returned, not raised, so that an operator sees those of all steps at once, with warnings and every
    prerequisite beside them. Raises a Transient error where the world could not be read.
    """
    findings: list[Finding] = []
    if request is not None:
        with _noting(findings, step.name):
            findings.extend(step.check(request, context))
        with _noting(findings, step.name, warning=True):
            findings.extend(step.advise(request, context))
    notes: list[Finding] = []
    changes: list[Change] = []
    if not _problems(findings):
        for resource, desired in _resources(step, request, previous, context):
            if request is None:
                changes += taken_away(resource, notes, context)
                continue
            # What a team that stays leaves behind in an account that is closed or gone stands in nobody's way.
            with _noting(notes, resource.address, warning=desired is None and is_lost(resource, context)):
                found = look(resource, context)
                changes.append(change_of(resource, found, desired))
                if found is not None:
                    findings.extend(_cautions(resource, found, context))
        with _noting(findings, step.name, warning=request is None):
            foreseen = list(step.forecast([change.restored(step) for change in changes], context))
            findings.extend(foreseen if request else [each.model_copy(update={"warning": True}) for each in foreseen])
    told = [*findings, *notes]
    return {
        "step": step.name,
        "changes": [change.record() for change in changes],
        "problems": [problem.said() for problem in _problems(told)],
        "warnings": [finding.said() for finding in told if finding.verdict == "warning"],
        "prerequisites": [finding.record() for finding in findings],
        "connect": {name: value for finding in findings for name, value in finding.connect.items()},
    }


def _resources(
    step: Step, request: TeamRequest | None, previous: TeamRequest | None, context: Context
) -> Iterator[tuple[Resource[Any], State | None]]:
    # What a resource is to be may depend on what is there, so that this asks AWS as well.
    with translated(step.name):
        wanted = list(step.desired(request, context)) if request else []
    former = step.resources(previous, context) if previous else []
    yield from wanted
    addresses = {resource.address for resource, _ in wanted}
    # What an update takes away goes in reverse: it may rest on what was made before it. A leaving team's plan is itself
    # carried out in reverse.
    for resource in reversed(former) if request else former:
        # A team that stays and wants no more trials has none to take away.
        if resource.address not in addresses and not (request and isinstance(resource, Trial)):
            yield resource, None


def taken_away(resource: Resource[Any], notes: list[Finding], context: Context) -> Iterator[Change]:
    """Of what is to go for good only what is seen and not ours is passed over. That nobody can look, or that a service
    is at work on it, or its owner shuts the stack out, says nothing of whether it is there.
    """
    try:
        with translated(resource.address):
            yield change_of(resource, look(resource, context), None)
            return
    except errors.Conflict as conflict:
        notes.append(Finding(id=conflict.id, resource=resource.address, reason=conflict.reason, warning=True))
        return
    except StillSettling as settling:
        reason = f"is still changing: {settling.what}"
    except errors.OnboardingError as error:
        reason = error.reason
    fate = "stays there, since its account is closed or gone" if is_lost(resource, context) else "is to go all the same"
    notes.append(Finding(id="NOT-SEEN", resource=resource.address, reason=f"{reason}. It {fate}", warning=True))
    yield Change(kind=resource.kind, identity=resource.identity(), address=resource.address, unseen=True)


def change_of(resource: Resource[Any], found: State | None, desired: State | None) -> Change:
    """What becomes of a resource that was found so."""
    # What an earlier trial left behind is not given back.
    before = None if isinstance(resource, Trial) else found
    after = resource.planned(before, desired)
    same = resource.as_asked(before, after) == after
    return Change(
        kind=resource.kind,
        identity=resource.identity(),
        address=resource.address,
        before=None if before is None else before.model_dump(mode="json", exclude_defaults=True),
        after=None if same or after is None else after.model_dump(mode="json", exclude_defaults=True),
        same=same,
    )


def refuse_others(step: Step, changes: Iterable[Change], context: Context) -> None:
    """Raises InvalidRequest, before anything is read or done, where a plan names what cannot be this team's."""
    for change in changes:
        resource, _, _ = change.restored(step)
        if not resource.is_of(context):
            raise errors.InvalidRequest(
                f"The plan names {resource.address}, which is nothing that the stack makes for team {context.team}; "
                "nothing was done. Look who has written the team's record or invoked the function.",
                resource.address,
            )


def _problems(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.verdict == "problem"]


def _cautions(resource: Resource[Any], found: State, context: Context) -> list[Finding]:
    noted: list[Finding] = []
    with _noting(noted, resource.address, warning=True):
        for id, reason, mend in resource.caution(context, found):
            noted.append(Finding(id=id, resource=resource.address, reason=reason, mend=mend, warning=True))
    return noted


@contextmanager
def _noting(findings: list[Finding], resource: str, *, warning: bool = False) -> Iterator[None]:
    """Notes the final errors of a block as problems, or warnings; lets the transient ones through."""
    try:
        with translated(resource):
            yield
    except errors.Final as error:
        findings.append(Finding(id=error.id, resource=error.resource or resource, reason=error.reason, warning=warning))
    except StillSettling as settling:
        raise errors.Busy(f"somebody else is changing it: {settling.what}", resource) from settling
