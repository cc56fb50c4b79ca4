"""The organization: a management account, A, B and C as members, B in the watched unit."""

from typing import Any
from unittest.mock import patch

from moto.organizations import utils
from moto.organizations.models import OrganizationsBackend, organizations_backends

from sandbox import places


def prepare() -> None:
    """Makes it all, with the ids that the sample events name."""
    backend: OrganizationsBackend = organizations_backends[places.MANAGEMENT_ACCOUNT]["aws"]
    with _named("make_random_root_id", places.ROOT):
        backend.create_organization(places.ORGANIZATION_REGION, FeatureSet="ALL")
    for unit in (places.WATCHED_OU, places.OTHER_OU):
        with _named("make_random_ou_id", unit):
            backend.create_organizational_unit(Name=unit, ParentId=places.ROOT)
    for name, account in places.ACCOUNTS.items():
        with _named("make_random_account_id", account):
            backend.create_account(AccountName=name, Email=f"{name.lower()}@example.com")
    backend.move_account(
        AccountId=places.SCIENTISTS_ACCOUNT, SourceParentId=places.ROOT, DestinationParentId=places.WATCHED_OU
    )


def _named(maker: str, name: str) -> Any:
    """moto makes ids up; the samples want fixed ones."""
    return patch.object(utils, maker, lambda *_: name)
