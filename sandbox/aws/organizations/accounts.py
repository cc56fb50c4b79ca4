"""What an account's place in its organization means for others."""

from moto.organizations.models import organizations_backends

_CLOSED = frozenset({"CLOSED", "SUSPENDED"})


def is_closed(account: str) -> bool:
    """Whether the account is closed, so that nobody comes to be anybody in it; one that is being closed still is."""
    members = [member for backends in list(organizations_backends.values()) for member in backends["aws"].accounts]
    return any(member.id == account and member.state in _CLOSED for member in members)
