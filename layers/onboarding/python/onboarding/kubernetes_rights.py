"""What no team is given in Kubernetes, whoever allows it: the way to other teams' things, or to more rights."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

RBAC_GROUP: Final = "rbac.authorization.k8s.io"

ESCALATING_VERBS: Final = frozenset({"escalate", "bind", "impersonate"})
"""These let their holder hand out rights that it was never given (Kubernetes RBAC good practices)."""

_ALL: Final[frozenset[str]] = frozenset()

NEVER: Final[Mapping[str, frozenset[str]]] = {
    # A namespace's labels switch Pod Security off; a service account's token is whoever the account is; nodes and
    # volumes are the whole cluster's (Kubernetes RBAC good practices, "privilege escalation risks"). Limits are a
    # team's fence, and what one NetworkPolicy lets through no other takes back (Kubernetes, "Network Policies").
    "": frozenset({"limitranges", "namespaces", "nodes", "persistentvolumes", "resourcequotas", "serviceaccounts"}),
    "networking.k8s.io": frozenset({"networkpolicies"}),
    "admissionregistration.k8s.io": _ALL,
    RBAC_GROUP: _ALL,
    "storage.k8s.io": _ALL,
}
"""API group to the resources of it, with their subresources, that no rule of an event may be about; none named: all."""


def reasons_against(groups: Collection[str], resources: Collection[str], verbs: Collection[str]) -> Iterator[str]:
    """Why a rule is none for a team, a reason each."""
    if ESCALATING_VERBS & set(verbs):
        yield f"the verbs {', '.join(sorted(ESCALATING_VERBS))} are not for teams"
    for group in sorted(set(groups) & NEVER.keys()):
        kept = NEVER[group]
        if not kept:
            yield f"rules on {group} are not for teams"
        elif wrong := sorted({each for each in resources if each.partition("/")[0] in kept}):
            yield f"rules on {', '.join(wrong)} are not for teams"
