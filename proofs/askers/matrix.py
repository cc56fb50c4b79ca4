"""The matrix itself: everything that can be asked, asked by everybody."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from proofs.askers.asks import ASKS, BY_HAND, GROUP, KEPT, SHARES, Ask
from proofs.askers.people import ASKERS, PARAMETERS, answered, settle_in
from proofs.isolation.actors import Actors
from sandbox.cloud import Options
from sandbox.scenery import shares
from sandbox.scenery.accounts import DATA_ACCOUNT
from sandbox.scenery.administrator import console_quota

OPTIONS: Final = Options(parameters={**PARAMETERS, "TeamGroups": GROUP})
"""A stack that listens to several accounts, and lets teams into one group."""

_REFUSED: Final = frozenset({"InvalidRequest", "NotAuthorized"})
_ANSWERS: Final = {"planned": True, "problems found": False}
"""What a dry run that has looked at everything may say."""


@dataclass(frozen=True)
class Answer:
    """Whether somebody would get what he asks for, and whether he should."""

    ask: Ask
    asker: str
    granted: bool

    @property
    def right(self) -> bool:
        """Whether it is as it should be."""
        return self.granted == (self.asker in self.ask.may)

    def __str__(self) -> str:
        verb = "was granted" if self.granted else "was refused"
        return f"{self.ask.group}: {self.ask.name}: {self.asker} {verb} it"


def prepare(actors: Actors) -> None:
    """The accounts' people, a team of account B, a quota made by hand, and what account C shares.

    Raises RuntimeError where the team cannot be onboarded.
    """
    cloud = actors.cloud
    settle_in(cloud)
    kept = next(ask.detail for ask in ASKS if ask.detail["team"] == KEPT)
    execution = cloud.onboard({**kept, "dryRun": False})
    if execution.status != "SUCCEEDED":
        raise RuntimeError(f"team {KEPT} was not onboarded: {execution.cause}")
    console_quota(cloud, BY_HAND)
    shares.replace(cloud.client("ssm", DATA_ACCOUNT), *SHARES)


def tried(actors: Actors, asks: Iterable[Ask] = ASKS, askers: Iterable[str] = ASKERS) -> list[Answer]:
    """Asks for each by each. Raises RuntimeError where an execution ends otherwise than planned or refused."""
    everybody = list(askers)
    return [Answer(ask, asker, _granted(actors, ask, asker)) for ask in asks for asker in everybody]


def _granted(actors: Actors, ask: Ask, asker: str) -> bool:
    execution = answered(actors, asker, ask.detail, ask.kind)
    if execution is None or (execution.status == "FAILED" and execution.error in _REFUSED):
        return False
    if execution.status == "SUCCEEDED" and execution.output["outcome"] in _ANSWERS:
        return _ANSWERS[execution.output["outcome"]]
    raise RuntimeError(
        f"{ask.name}, asked by {asker}, ended as {execution.status}: {execution.error} {execution.cause}"
    )


def wrong(answers: Iterable[Answer]) -> list[str]:
    """A sentence for each that is not as it should be."""
    return [str(answer) for answer in answers if not answer.right]
