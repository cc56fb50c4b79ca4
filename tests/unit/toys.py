"""A resource in memory, with which planning and converging are tried out of reach of any cloud."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from onboarding import errors
from onboarding.findings import FindingId
from onboarding.plan import Desired, Finding, Step
from onboarding.request import TeamRequest
from onboarding.resource import Context, Resource, State, StillSettling
from tests.unit.given import context


class ToyState(State):
    """One field."""

    color: str


class Shelf(dict[str, ToyState]):
    """What exists, what was done to it in order, and which toys make trouble."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.trouble: dict[str, Exception] = {}
        self.settling: set[str] = set()


@dataclass(frozen=True)
class ShelfContext(Context):
    """A context with a shelf."""

    shelf: Shelf = field(kw_only=True)


@dataclass(frozen=True)
class Toy(Resource[ToyState]):
    """A toy, by name."""

    kind: ClassVar[str] = "toy"
    state: ClassVar[type[State]] = ToyState

    name: str

    @property
    def address(self) -> str:
        """Its name."""
        return f"toy {self.name}"

    def is_of(self, context: Context) -> bool:
        """Anybody's."""
        return True

    def read(self, context: Context) -> ToyState | None:
        """What is on the shelf."""
        shelf = shelf_of(context)
        if self.name in shelf.settling:
            raise StillSettling("is drying")
        error = shelf.trouble.get(f"read {self.name}")
        if error:
            raise error
        return shelf.get(self.name)

    def create(self, context: Context, desired: ToyState) -> None:
        """Puts it there."""
        self._do(context, "create", desired)

    def update(self, context: Context, current: ToyState, desired: ToyState) -> None:
        """Paints it."""
        self._do(context, "update", desired)

    def delete(self, context: Context, current: ToyState) -> None:
        """Takes it away."""
        self._do(context, "delete", None)

    def _do(self, context: Context, verb: str, state: ToyState | None) -> None:
        shelf = shelf_of(context)
        shelf.done.append(f"{verb} {self.name}")
        error = shelf.trouble.get(f"{verb} {self.name}")
        if error:
            raise error
        if state is None:
            del shelf[self.name]
        else:
            shelf[self.name] = state


@dataclass(frozen=True)
class SlowToy(Toy):
    """A toy that takes its time; every change is asked for."""

    kind: ClassVar[str] = "slow-toy"
    asynchronous: ClassVar[bool] = True


@dataclass(frozen=True)
class Sticker(Toy):
    """A toy that goes with others."""

    kind: ClassVar[str] = "sticker"
    goes_along: ClassVar[bool] = True


@dataclass(frozen=True)
class Figure(Toy):
    """A toy to whose color the maker adds a shade of its own, and of which people should know when it is pale."""

    kind: ClassVar[str] = "figure"

    def as_asked(self, found: ToyState | None, wanted: ToyState | None) -> ToyState | None:
        """Without the shade."""
        if found is None or wanted is None or not found.color.endswith(f" {wanted.color}"):
            return found
        return wanted

    def caution(self, context: Context, found: ToyState) -> Iterator[tuple[FindingId, str, str]]:
        """Pale ones fade."""
        if found.color.startswith("pale "):
            yield "QUOTA-REMADE", "will fade", "brush --once"


def shelf_of(context: Context) -> Shelf:
    """The shelf of this context."""
    assert isinstance(context, ShelfContext)
    return context.shelf


def on(shelf: Shelf) -> ShelfContext:
    """A context with this shelf."""
    plain = context()
    return ShelfContext(plain.team, plain.settings, plain.accounts, shelf=shelf)


def step(*toys: tuple[Toy, str], former: Iterable[tuple[Toy, str]] = (), findings: Iterable[Finding] = ()) -> Step:
    """A step for a team with these toys and their colors; the team `former` has those others."""

    def desired(request: TeamRequest, _: Context) -> Iterator[Desired]:
        for toy, color in former if request.team == "former" else toys:
            yield toy, ToyState(color=color)

    def check(_: TeamRequest, __: Context) -> Iterator[Finding]:
        yield from findings

    return Step(name="toys", kinds=(Toy, SlowToy, Sticker, Figure), desired=desired, check=check)


def foreign(name: str) -> errors.Conflict:
    """What reading somebody else's toy raises."""
    return errors.Conflict("is somebody else's", f"toy {name}")
