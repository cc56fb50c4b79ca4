"""What can be asked, as dry runs: whether it would be done is the question, and doing it teaches no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from proofs.askers.people import (
    ADMINISTRATOR,
    CLUSTER,
    OPERATOR,
    OTHER_PUBLISHER,
    OTHER_ROLE,
    OWN_ROLE,
    TEAMS_PUBLISHER,
)
from sandbox.scenery import accounts, shares
from sandbox.scenery.landscape import LABELS_KEY

KEPT: Final = "kept"
"""A team of account B that is onboarded."""

BY_HAND: Final = "byhand"
"""A team for which somebody made a compute quota, with the tag that gives it to account B."""

NAMED: Final = "named"
"""A team that does not exist, by whose name something is shared."""

GROUP: Final = "researchers"
"""The Kubernetes group that the stack lets teams into (TeamGroups)."""

SHARES: Final = (
    shares.entry("example-corp-images", prefix="curated/", access="read"),
    shares.entry("example-corp-checkpoints", prefix="models/", access="read-write"),
    shares.entry("example-corp-checkpoints", prefix="named/", teams=[NAMED]),
    shares.entry("example-corp-checkpoints", prefix="others/", scientists=["666677778888"]),
)
"""All that account C shares here."""

_ANY: Final = frozenset({OPERATOR, CLUSTER, ADMINISTRATOR})
_BS: Final = _ANY | {TEAMS_PUBLISHER}
_NOBODY: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True)
class Ask:
    """One thing to ask for, and who may."""

    group: str
    name: str
    may: frozenset[str]
    detail: Mapping[str, Any]
    kind: str = "Team Created"


def _team(name: str, role: str = OWN_ROLE, **more: Any) -> dict[str, Any]:
    quota = {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}]}
    return {"team": name, "dataScientistRoleArn": role, "quota": quota, "dryRun": True, **more}


def _listed(name: str, *roles: str) -> dict[str, Any]:
    listed = _team(name, scientists=[{"roleArn": role} for role in roles])
    del listed["dataScientistRoleArn"]
    return listed


def _data(bucket: str, prefix: str | None, access: str = "read", **more: str) -> list[dict[str, Any]]:
    folder = {} if prefix is None else {"prefix": prefix}
    return [{"bucket": bucket, "accountId": accounts.DATA_ACCOUNT, "access": access, **folder, **more}]


def _rule(group: str, resource: str, verb: str) -> dict[str, Any]:
    return {"rules": [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}]}


_NEW: Final = "newcomer"
_IMAGES, _CHECKPOINTS, _LABELS = "example-corp-images", "example-corp-checkpoints", "example-corp-labels"
_STACKS_ROLE: Final = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{accounts.STACK}-iam-roles"
_UNLISTED_ROLE: Final = f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:role/EventSender"

TEAMS: Final = (
    Ask("Teams", "a new team of account B", _BS, _team(_NEW)),
    Ask("Teams", "a new team of another account", _ANY | {OTHER_PUBLISHER}, _team(_NEW, OTHER_ROLE)),
    Ask("Teams", "account B's team, as it is", _BS, _team(KEPT)),
    Ask("Teams", "account B's team, changed", _BS, _team(KEPT, serviceAccount="trainer"), "Team Updated"),
    Ask("Teams", "account B's team, for another account's scientists", _ANY, _team(KEPT, OTHER_ROLE), "Team Updated"),
    Ask("Teams", "a new team of account B's and another account's", _ANY, _listed(_NEW, OWN_ROLE, OTHER_ROLE)),
    Ask("Teams", "account B's team, and another's scientists beside", _ANY, _listed(KEPT, OWN_ROLE, OTHER_ROLE)),
    Ask("Teams", "account B's team, in another form", _BS, _listed(KEPT, OWN_ROLE)),
    Ask("Teams", "account B's team, to leave", _BS, {"team": KEPT, "dryRun": True}, "Team Deleted"),
)

OTHERS: Final = (
    Ask("Roles", "a role that account B does not list", _NOBODY, _team(_NEW, _UNLISTED_ROLE)),
    Ask("Roles", "a role of the stack's own", _NOBODY, _team(_NEW, _STACKS_ROLE)),
    Ask("Quotas", "one made by hand, with account B's tag, for account B", _BS, _team(BY_HAND)),
    Ask("Quotas", "the same for another account", _NOBODY, _team(BY_HAND, OTHER_ROLE)),
    Ask("Data", "read, shared for read", _BS, _team(_NEW, datasets=_data(_IMAGES, "curated/"))),
    Ask("Data", "below what is shared", _BS, _team(_NEW, datasets=_data(_IMAGES, "curated/deep/"))),
    Ask("Data", "above what is shared", _NOBODY, _team(_NEW, datasets=_data(_IMAGES, None))),
    Ask("Data", "read-write, shared for read", _NOBODY, _team(_NEW, datasets=_data(_IMAGES, "curated/", "read-write"))),
    Ask(
        "Data", "read-write, shared for it", _BS, _team(_NEW, datasets=_data(_CHECKPOINTS, "models/", "read-write"))
    ),
    Ask("Data", "shared with the team of that name", _BS, _team(NAMED, datasets=_data(_CHECKPOINTS, "named/"))),
    Ask("Data", "shared with another team", _NOBODY, _team(_NEW, datasets=_data(_CHECKPOINTS, "named/"))),
    Ask(
        "Data", "shared with account B's team of that name", _NOBODY,
        _team(NAMED, OTHER_ROLE, datasets=_data(_CHECKPOINTS, "named/")),
    ),
    Ask("Data", "shared with another account", _NOBODY, _team(_NEW, datasets=_data(_CHECKPOINTS, "others/"))),
    Ask("Data", "not shared", _NOBODY, _team(_NEW, datasets=_data(_LABELS, None, kmsKeyArn=LABELS_KEY))),
    Ask("Kubernetes", "policy view", _BS, _team(_NEW, access={"policy": "view"})),
    Ask("Kubernetes", "policy admin, where the stack gives edit", _NOBODY, _team(_NEW, access={"policy": "admin"})),
    Ask("Kubernetes", "a group that the stack lists", _BS, _team(_NEW, access={"groups": [GROUP]})),
    Ask("Kubernetes", "another group", _NOBODY, _team(_NEW, access={"groups": ["administrators"]})),
    Ask("Kubernetes", "another team's group", _NOBODY, _team(_NEW, access={"groups": [f"hyperpod-ns-{KEPT}"]})),
    Ask("Kubernetes", "a rule that is grantable", _BS, _team(_NEW, access=_rule("kubeflow.org", "pytorchjobs", "get"))),
    Ask("Kubernetes", "a rule that is not", _NOBODY, _team(_NEW, access=_rule("batch", "jobs", "create"))),
    Ask("Kubernetes", "a rule on namespaces", _NOBODY, _team(_NEW, access=_rule("", "namespaces", "patch"))),
    Ask("Kubernetes", "a rule on service accounts", _NOBODY, _team(_NEW, access=_rule("", "serviceaccounts", "get"))),
    Ask("Kubernetes", "a rule on its fence", _NOBODY, _team(_NEW, access=_rule("", "resourcequotas", "patch"))),
    Ask("Kubernetes", "a fence of its own", _ANY, _team(_NEW, fence={"network": False})),
    Ask("Kubernetes", "a rule to impersonate", _NOBODY, _team(_NEW, access=_rule("", "users", "impersonate"))),
)  # fmt: skip

ASKS: Final = (*TEAMS, *OTHERS)
