"""What an update takes away from a team, apart from what it gives: carried out also where the rest cannot be.

Access that is to go must not stay because something else, in another account perhaps, stands in the update's way.
"""

from collections.abc import Iterator
from typing import Any, Final

from onboarding import errors, names
from onboarding.aws_errors import translated
from onboarding.dataset_reference import reference_to
from onboarding.plan import Change, Finding, Step, change_of, taken_away
from onboarding.principals import Principal
from onboarding.request import Access, Dataset, TeamRequest
from onboarding.resource import Context, Resource, State, StillSettling, Trial, look
from onboarding.service_accounts import ServiceAccount, Use
from onboarding.storage import Storage

_POLICIES: Final = ("view", "edit", "admin")
"""Of an access entry, each allowing what the one before it does, and more."""


_ACCESSES: Final = ("read", "read-write")


def narrowed(previous: TeamRequest, wanted: TeamRequest) -> TeamRequest | None:
    """The team as it was, without what it is no longer to have; None where nothing of that kind goes.

    Nothing new comes: a dataset of which only a part is wanted goes as a whole until the update can be carried out.
    What is no access (quota, service account, probe) stays as it was; so does the first of the principals, whose
    account the team is, until another one can be let in.
    """
    datasets = [*_datasets(previous, wanted)]
    kept = previous.model_copy(
        update={
            "scientists": _scientists(previous, wanted),
            "datasets": datasets,
            "storage": [*_storage(previous, wanted, datasets)],
            "access": _access(previous.access, wanted.access),
            "suspension": previous.suspension or wanted.suspension,
            **_service_accounts(previous, wanted, datasets),
            "dry_run": False,
        }
    )
    return None if kept == previous.model_copy(update={"dry_run": False}) else kept


def plan_narrowing(step: Step, request: TeamRequest, previous: TeamRequest, context: Context) -> dict[str, Any]:
    """What of the step's resources goes or becomes less on the way from `previous` to `request`, which is narrower.

    Nothing else is looked at, so that nothing else stands in the way. What cannot be looked at is planned all the same,
    and looked at again when it is its turn. In the order in which it was made: it is carried out in reverse.
    """
    notes: list[Finding] = []
    changes: list[Change] = []
    kept = {resource.address for resource in step.resources(request, context)}
    was, will = _states(step, previous, context, notes), _states(step, request, context, notes)
    for resource in step.resources(previous, context):
        address = resource.address
        if isinstance(resource, Trial):
            continue
        if address not in kept:
            changes += taken_away(resource, notes, context)
        elif address in was and address in will and was[address] != will[address]:
            changes += _lessened(resource, will[address], context)
    return {
        "step": step.name,
        "changes": [change.record() for change in changes if not change.same],
        "problems": [],
        "warnings": [note.said() for note in notes],
        "prerequisites": [],
    }


def _states(step: Step, request: TeamRequest, context: Context, notes: list[Finding]) -> dict[str, State | None]:
    """By address. None at all where they depend on what cannot be looked at: then only what goes as a whole goes."""
    try:
        with translated(step.name):
            return {resource.address: state for resource, state in step.desired(request, context)}
    except (errors.OnboardingError, StillSettling) as error:
        notes.append(Finding(id="NOT-SEEN", resource=step.name, reason=str(error), warning=True))
        return {}


def _lessened(resource: Resource[Any], wanted: State | None, context: Context) -> Iterator[Change]:
    try:
        with translated(resource.address):
            yield change_of(resource, look(resource, context), wanted)
    except errors.Conflict:
        # What is there is not ours, so nothing of ours is to become less.
        return
    except (errors.OnboardingError, StillSettling):
        after = None if wanted is None else wanted.model_dump(mode="json", exclude_defaults=True)
        yield Change(
            kind=resource.kind, identity=resource.identity(), address=resource.address, after=after, unseen=True
        )


def _scientists(previous: TeamRequest, wanted: TeamRequest) -> list[Principal] | None:
    if previous.scientists is None:
        return None
    asked = {principal.address for principal in wanted.principals}
    first, *others = previous.scientists
    return [first, *(other for other in others if other.address in asked)]


def _datasets(previous: TeamRequest, wanted: TeamRequest) -> Iterator[Dataset]:
    asked = {(one.bucket, one.account_id, one.prefix): one for one in wanted.datasets}
    for had in previous.datasets:
        same = asked.get((had.bucket, had.account_id, had.prefix))
        if same is None:
            continue
        fewer: dict[str, Any] = {}
        if same.access == "read":
            fewer["access"] = "read"
        if same.kms_key_arn is None:
            fewer["kms_key_arn"] = None
        yield had.model_copy(update=fewer)


def _service_accounts(previous: TeamRequest, wanted: TeamRequest, datasets: list[Dataset]) -> dict[str, Any]:
    """Those that stay under the same role, each with what it is still to have. Between one service account and another
    in the short form nothing is narrowed: both have all of the team's datasets.
    """
    if previous.service_accounts is None and wanted.service_accounts is None:
        return {}
    left = {reference_to(dataset): dataset.access for dataset in datasets}
    asked = {(account.name, account.own): account for account in wanted.pod_accounts}
    kept: list[ServiceAccount] = []
    for had in previous.pod_accounts:
        same = asked.get((had.name, had.own))
        if same is None:
            continue
        reads = {reference_to(dataset): dataset.access for dataset in same.datasets}
        uses = [
            Use(dataset=name, access=min(dataset.access, reads[name], left[name], key=_ACCESSES.index))
            for dataset in had.datasets
            if (name := reference_to(dataset)) in reads and name in left
        ]
        account = ServiceAccount(name=had.name, datasets=uses)
        kept.append(account.model_copy(update={"image_pull_secrets": had.image_pull_secrets}))
    if previous.service_accounts is None and len(kept) == 1 and _has_all(kept[0], left):
        # The short form says the same.
        return {}
    return {"service_accounts": kept, "service_account": names.SERVICE_ACCOUNT, "image_pull_secrets": None}


def _has_all(account: ServiceAccount, datasets: dict[str, Any]) -> bool:
    return {use.dataset: use.access for use in account.datasets} == datasets


def _storage(previous: TeamRequest, wanted: TeamRequest, datasets: list[Dataset]) -> Iterator[Storage]:
    """Folders that are still wanted, of datasets that stay, and that write into none which may only be read now."""
    claims = {storage.name for storage in wanted.storage}
    for storage in previous.storage:
        shown = next((dataset for dataset in datasets if storage.shows(dataset)), None)
        writes = bool(storage.export_policy)
        if storage.name in claims and shown is not None and (shown.access == "read-write" or not writes):
            yield storage


def _access(previous: Access, wanted: Access) -> Access:
    return previous.model_copy(
        update={
            "policy": min(previous.policy, wanted.policy, key=_POLICIES.index),
            "groups": [group for group in previous.groups if group in wanted.groups],
            "rules": [rule for rule in previous.rules if rule in wanted.rules],
            "policies": [policy for policy in previous.policies if policy in wanted.policies],
        }
    )
