"""Limits that an account has, said before they are reached."""

from onboarding.plan import Finding

_NEAR = 0.9
"""Part of a limit from which on it is warned of."""


def near_limit(resource: str, used: int, limit: int, mend: str) -> Finding:
    """A warning where little is left; what is used up, AWS refuses by itself."""
    state = f"{used:,} of {limit:,}"
    if used < _NEAR * limit:
        return Finding(id="SERVICE-LIMIT", resource=resource, state=state)
    return Finding(
        id="SERVICE-LIMIT",
        resource=resource,
        state=state,
        reason=f"{state} are in use. Have the limit raised",
        mend=mend,
        warning=True,
    )
