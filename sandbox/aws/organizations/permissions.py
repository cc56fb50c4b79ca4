"""AWS Organizations, called in the management account."""

from moto.organizations.models import organizations_backends

from sandbox.aws.policies.needs import Row, Target, row

_KINDS = {"ou": "ou", "r": "root"}


def _arn(target: Target, name: str) -> str:
    backend = organizations_backends[target.account]["aws"]
    organization = backend.org.id if backend.org else "o-none"
    kind = _KINDS.get(name.split("-")[0], "account")
    return f"arn:aws:organizations::{target.account}:{kind}/{organization}/{name}"


def _of(parameter: str) -> Row:
    return row(lambda target: _arn(target, str(target[parameter])))


ROWS: dict[tuple[str, str], Row] = {
    ("organizations", "DescribeAccount"): _of("AccountId"),
    ("organizations", "ListAccountsForParent"): _of("ParentId"),
    ("organizations", "ListOrganizationalUnitsForParent"): _of("ParentId"),
    ("organizations", "ListParents"): _of("ChildId"),
    ("organizations", "ListTagsForResource"): _of("ResourceId"),
}
