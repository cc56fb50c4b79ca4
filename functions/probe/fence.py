"""The fence, tried: what the pod and the API server have shown of it. It may hold, be open, or show nothing.

A part that is open is no fault of the team's: the cluster's network or its policies are another's to mend. So the team
is onboarded, and told; whether it is rolled back is the stack's choice. What a neighbour shows by a service of its own
never rolls back another team: by that service it would have a say in the other's access.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from onboarding import names
from probe.attempts import Attempt

METADATA: Final = "169.254.169.254"
"""Where instances get their role's credentials (EC2 user guide, "Access instance metadata")."""

_SERVICES: Final = 3
"""How many neighbours' services are tried: policies are the same for all of them."""

Shown = Literal["holds", "open", "unproven"]

_BY_LETTER: Final[dict[str, Shown]] = {"y": "open", "n": "holds"}
_MEND: Final = (
    "let the cluster's network keep to NetworkPolicies (VPC CNI: enableNetworkPolicy, v1.15.1 or newer; kubectl get "
    "networkpolicies shows what allows more)"
)
_WORDS: Final[dict[str, dict[Shown, str]]] = {
    "credentials": {
        "holds": "gets no credentials of its node from {0}",
        "open": "gets the credentials of its node from {0}: " + _MEND + ", or let instances require IMDSv2 with a hop "
        "limit of 1",
        "unproven": "whether it gets credentials of its node from {0} could not be tried: its AWS CLI cannot ask",
    },
    "reach": {
        "holds": "is kept from {0}",
        "open": "reaches {0}: " + _MEND,
        "unproven": "nothing answers or keeps silent at {0}, which shows nothing: let a service of that name run there",
    },
}


@dataclass(frozen=True)
class Part:
    """One part of the fence, as it was found."""

    shown: Shown
    words: str
    decisive: bool = True
    """Whether the cluster's owner alone has decided how it was found."""


def fence_attempts(fenced: bool, service: str, neighbours: Iterable[str]) -> list[Attempt]:
    """What the pod tries of the network's fence, where the team has one.

    `service` is NAME:PORT of one that the cluster's owner runs in teams' namespaces, or empty: nothing else in a
    neighbour's namespace may be spoken to, since it may be a job that a stranger's bytes would end.
    """
    if not fenced:
        return []
    name, _, port = service.partition(":")
    named = list(neighbours)[:_SERVICES] if name else []
    services = [f"http://{name}.{names.namespace(team)}.svc:{port}" for team in named]
    return [Attempt("fenced", "credentials", METADATA, ""), *(Attempt("fenced", "reach", at, "") for at in services)]


def network_parts(tried: Iterable[tuple[Attempt, str]]) -> Iterator[Part]:
    """What the pod's letters say of it."""
    for attempt, letter in tried:
        shown = _BY_LETTER.get(letter, "unproven")
        words = _WORDS[attempt.verb][shown].format(attempt.target)
        yield Part(shown, words, decisive=attempt.verb == "credentials")


def by_outcome(parts: Iterable[Part]) -> dict[str, list[str]]:
    """The sentences, as a result has them."""
    found: dict[str, list[str]] = {"holds": [], "open": [], "unproven": []}
    for part in parts:
        found[part.shown].append(part.words)
    return found
