"""The organization: a management account, A, B and C as members, B in the watched unit."""

from typing import Any
from unittest.mock import patch

from moto.organizations import utils
from moto.organizations.models import OrganizationsBackend, organizations_backends

from sandbox.aws.cloudtrail.trails import register_trail
from sandbox.scenery import accounts, landscape


def prepare() -> None:
    """Makes it all, with the ids that the sample events name."""
    backend: OrganizationsBackend = organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"]
    with _named("make_random_root_id", accounts.ROOT):
        backend.create_organization(accounts.ORGANIZATION_REGION, FeatureSet="ALL")
    for unit in (accounts.WATCHED_OU, accounts.OTHER_OU):
        with _named("make_random_ou_id", unit):
            backend.create_organizational_unit(Name=unit, ParentId=accounts.ROOT)
    for name, account in accounts.ACCOUNTS.items():
        with _named("make_random_account_id", account):
            backend.create_account(AccountName=name, Email=f"{name.lower()}@example.com")
    register_trail(accounts.MANAGEMENT_ACCOUNT, accounts.ORGANIZATION_REGION, landscape.TRAIL)
    backend.move_account(
        AccountId=accounts.SCIENTISTS_ACCOUNT, SourceParentId=accounts.ROOT, DestinationParentId=accounts.WATCHED_OU
    )


def _named(maker: str, name: str) -> Any:
    """moto makes ids up; the samples want fixed ones."""
    return patch.object(utils, maker, lambda *_: name)
