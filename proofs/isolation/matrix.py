"""The matrix itself: every way, tried by every team on every team's things."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proofs.isolation.actors import Actors
from proofs.isolation.kubernetes_ways import KUBERNETES
from proofs.isolation.network_ways import NETWORK
from proofs.isolation.pod_ways import PODS
from proofs.isolation.teams import TEAMS, Team
from proofs.isolation.ways import DATA, ROLES, Way

WAYS = (*ROLES, *DATA, *KUBERNETES, *PODS, *NETWORK)


@dataclass(frozen=True)
class Cell:
    """Whether one team got at another's (or its own) things by one way, and whether it should."""

    way: Way
    actor: Team
    owner: Team
    got_in: bool
    expected: bool

    @property
    def right(self) -> bool:
        """Whether it is as it should be."""
        return self.got_in == self.expected

    def __str__(self) -> str:
        verb = "got in" if self.got_in else "was kept out"
        return f"{self.way.group}: {self.way.name}: {self.actor.name} {verb} at {self.owner.name}'s"


def tried(actors: Actors, ways: Iterable[Way] = WAYS, teams: Sequence[Team] = TEAMS) -> list[Cell]:
    """Tries each way for each pair of teams; pairs whose owner has no such thing are left out."""
    cells = []
    for way in ways:
        for actor in teams:
            for owner in teams:
                own = way.own(owner)
                if own is None:
                    continue
                expected = own and actor == owner
                cells.append(Cell(way, actor, owner, _attempt(way, actors, actor, owner), expected))
    return cells


def _attempt(way: Way, actors: Actors, actor: Team, owner: Team) -> bool:
    try:
        return way.attempt(actors, actor, owner)
    except PermissionError:
        # It does not even come by its own credentials.
        return False


def wrong(cells: Iterable[Cell]) -> list[str]:
    """A sentence for each cell that is not as it should be."""
    return [str(cell) for cell in cells if not cell.right]
