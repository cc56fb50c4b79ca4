"""Looks at what a service works on: soon at first, more rarely later, never late by more than a tenth."""

from onboarding.patience import FIRST_SECONDS, LONGEST_SECONDS, next_look


def looks(seconds: int) -> list[int]:
    """When somebody looks who has waited for so long, in seconds since he began."""
    waited, found = 0, [0]
    while waited < seconds:
        waited += next_look(waited)
        found.append(waited)
    return found


def test_whatever_it_takes_is_seen_within_a_tenth_of_it() -> None:
    for seconds in range(1, 4800):
        seen = next(look for look in looks(seconds) if look >= seconds)
        assert seen - seconds < max(FIRST_SECONDS, seconds / 10 + 1), seconds


def test_who_waits_for_long_does_not_look_all_the_time() -> None:
    assert len(looks(20)) <= 11
    assert len(looks(1800)) <= 80
    assert len(looks(4800)) <= 110
    assert max(after - before for before, after in zip(looks(4800), looks(4800)[1:], strict=False)) == LONGEST_SECONDS
