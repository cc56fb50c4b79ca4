"""What a sweep counts before it looks: teams by state, and what the quotas of the first hundred of them grant."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from onboarding.metrics import MOST_TEAMS, count

STATES: Final = ("active", "onboarding", "offboarding", "stuck")
"""All that the registry knows."""

_AMOUNTS: Final = {"GrantedInstances": "count", "GrantedAccelerators": "accelerators"}
"""Metric to the field of a quota's row. Rows of vCPUs and memory, or of partitions, are in neither."""


def count_teams(records: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """By state, those without teams too, so that a state which has none any more shows none.

    A team's quota is that with which it was last onboarded; used and borrowed is not known here, but to the cluster.
    """
    known = sorted(records)
    found = Counter(str(record.get("status", "")) for _, record in known)
    for state in STATES:
        count("Teams", found[state], State=state)
    for team, record in known[:MOST_TEAMS]:
        rows = _rows(record)
        for metric, amount in _AMOUNTS.items():
            count(metric, sum(row.get(amount) or 0 for row in rows), Team=team)


def _rows(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    # A record that somebody has garbled is told of by the sweep; it must not keep the other teams from being looked at.
    try:
        found: list[dict[str, Any]] = json.loads(record["active"])["quota"]["resources"]
    except (KeyError, TypeError, ValueError):
        return []
    return found
