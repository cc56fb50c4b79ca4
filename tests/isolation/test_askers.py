"""Whoever asks, for whatever can be asked: granted exactly where its owners gave it away."""

from proofs.askers.asks import ASKS, OTHERS, TEAMS
from proofs.askers.matrix import tried, wrong
from proofs.askers.people import ASKERS, OTHER_PUBLISHER, TEAMS_PUBLISHER
from proofs.isolation.actors import Actors
from sandbox.aws.inventory import difference


def test_a_team_is_its_accounts_and_administrators_to_ask_for(asking: Actors) -> None:
    before = asking.cloud.snapshot()
    answers = tried(asking, TEAMS)
    assert wrong(answers) == []
    assert {answer.asker for answer in answers} == set(ASKERS)
    assert difference(before, asking.cloud.snapshot()) == []


def test_what_others_own_is_granted_where_they_share_it(asking: Actors) -> None:
    # Who may ask for a team at all is decided apart from what for, and before.
    assert wrong(tried(asking, OTHERS, (TEAMS_PUBLISHER, OTHER_PUBLISHER))) == []


def test_no_two_asks_have_one_name() -> None:
    assert len({ask.name for ask in ASKS}) == len(ASKS)
