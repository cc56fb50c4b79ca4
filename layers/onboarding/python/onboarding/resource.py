"""A resource: something in an account or the cluster that a step reads, creates, updates and deletes."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Generic, TypeVar

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict

from onboarding.accounts import Accounts
from onboarding.aws_errors import is_missing
from onboarding.findings import FindingId
from onboarding.readings import Readings
from onboarding.request import TeamRequest
from onboarding.settings import Settings


class State(BaseModel):
    """Just the fields of a resource that we manage, in a canonical form: equal states compare equal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    failure: str | None = None
    """Set where the service gave up on the resource: its status, the attempt and the reason. Never a target."""


S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class Context:
    """What a resource needs to reach the world, and whose it is."""

    team: str
    settings: Settings
    accounts: Accounts
    leaving: bool = False
    """Whether the team leaves by its own event; False where what was made for it is rolled back."""
    closed: frozenset[str] = frozenset()
    """Accounts of which AWS Organizations says that they are closed or gone: nobody can be let in there any more."""
    joining: bool = False
    """Whether a team that has never been onboarded is planned: what is in its namespace may be another's still."""
    previous: TeamRequest | None = None
    """The team as it was onboarded before, where it is planned."""
    readings: Readings = field(default_factory=Readings, compare=False)
    """What has been read for it; one of these objects is made for each invocation."""


class StillSettling(Exception):
    """The service is still at work on this resource; whoever converges it comes back later."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True)
class Resource(ABC, Generic[S]):
    """One resource. Its dataclass fields, all strings, are its identity, enough to find it again from a recorded plan.

    Every verb may raise botocore's and Kubernetes' own errors, which `converge` translates, and StillSettling.
    """

    kind: ClassVar[str]
    state: ClassVar[type[State]]
    asynchronous: ClassVar[bool] = False
    """Whether the service goes on working after it has answered."""
    goes_along: ClassVar[bool] = False
    """Whether it goes with another resource, such as a namespace, that may be made anew; so that it is looked at again
    where the plan found it as it should be."""
    patience: ClassVar[int] = 900
    """For how many seconds the service may be at work on it, before that is a failure."""

    @property
    @abstractmethod
    def address(self) -> str:
        """What people call it: account, kind and name. Unique in the plan of a team."""

    @abstractmethod
    def is_of(self, context: Context) -> bool:
        """Whether its identity is one that the stack gives to something of this team, as far as names tell.

        Plans come back from the registry, and by whoever may invoke the function: what they name is not believed.
        """

    @abstractmethod
    def read(self, context: Context) -> S | None:
        """What is there now, or None.

        Raises Conflict where it is there and not ours.
        """

    @abstractmethod
    def create(self, context: Context, desired: S) -> None:
        """Makes it. Called only when `read` said None."""

    @abstractmethod
    def update(self, context: Context, current: S, desired: S) -> None:
        """Makes `current` into `desired`, changing only what differs."""

    @abstractmethod
    def delete(self, context: Context, current: S) -> None:
        """Takes it away. Called only when `read` found it."""

    def identity(self) -> dict[str, str]:
        """The fields that tell it from others of its kind."""
        return asdict(self)

    def planned(self, current: S | None, desired: S | None) -> S | None:
        """The state after the plan; a kind that adopts what it finds says here what it keeps of it."""
        return desired

    def as_asked(self, found: S | None, wanted: S | None) -> S | None:
        """What was found, as it is compared with `wanted`; a kind whose service fills in what nobody asked for leaves
        that out here.
        """
        return found

    def caution(self, context: Context, found: S) -> Iterator[tuple[FindingId, str, str]]:
        """What people should know of what was found, though it stands in nobody's way: each with its id and the command
        that mends it, or an empty text. Asked when planning, and never again.
        """
        return iter(())


@dataclass(frozen=True)
class Trial(Resource[S]):
    """A resource that is there only while its step is applied: absent before and after, and what comes of it counts.

    No plan shows it as a change, and every way back takes it away.
    """

    @abstractmethod
    def outcome(self, request: TeamRequest, context: Context, waited: int) -> dict[str, Any]:
        """What came of it; it is gone by then. `waited` is for how many seconds the state machine has come back to it.

        Raises StillSettling while it is under way, a Final error where it came out badly.
        """


def look(resource: Resource[S], context: Context) -> S | None:
    """What is there now, or None, also where what it is in is gone for good: a cluster, or a key.

    Every `read` knows that its resource may not exist. So where something else is missing, either it vanished half-way,
    and the second look finds nothing, or that in which it is does not exist, and says so again. Raises as `read`.
    """
    for _ in range(2):
        try:
            return resource.read(context)
        except ClientError as error:
            if not is_missing(error):
                raise
    return None


def is_lost(resource: Resource[Any], context: Context) -> bool:
    """Whether it is in an account that is closed or gone."""
    return resource.identity().get("account") in context.closed


def resource_of(kind: type[Resource[Any]], identity: dict[str, str]) -> Resource[Any]:
    """The resource of a recorded plan; one of an earlier version lacks the fields that have come since."""
    return kind(**{field.name: identity[field.name] for field in fields(kind) if field.name in identity})
