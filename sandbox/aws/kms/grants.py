"""KMS grants: who may be a grantee, names that make CreateGrant idempotent, and what ListGrants shows."""

from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.kms.models import Grant, Key, kms_backends
from moto.kms.responses import KmsResponse
from moto.moto_api._internal import mock_random

from sandbox.aws.iam.principals import shown, unique_id
from sandbox.aws.moto.installation import current
from sandbox.aws.moto.operations import Call, answer, error

_SAME = ("GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints")


class PinnedGrant(Grant):
    """A grant whose grantee is pinned by its unique id, as KMS does."""

    def __init__(self, key: Key, request: dict[str, Any], grantee_id: str | None) -> None:
        self._grantee_id = grantee_id
        self.request = {name: request.get(name) for name in _SAME}
        self.created: datetime = utcnow()
        self._born = current().clock.now()
        super().__init__(
            key_id=key.id,
            name=request.get("Name", ""),
            grantee_principal=request["GranteePrincipal"],
            operations=request["Operations"],
            constraints=request.get("Constraints", {}),
            retiring_principal=request.get("RetiringPrincipal", ""),
        )

    @property
    def in_force(self) -> bool:
        """Whether it is known everywhere by now."""
        return current().clock.now() - self._born >= current().delays.grant

    @property
    def grantee_principal(self) -> str:
        """The grantee's ARN while it lives, then its id."""
        return shown(self._grantee_id) if self._grantee_id else self._written

    @grantee_principal.setter
    def grantee_principal(self, written: str) -> None:
        self._written = written


def create(call: Call) -> dict[str, Any]:
    """CreateGrant: with a name, the same request again gives the same grant. The key must be in use."""
    key = _key(call)
    if key.key_state == "Disabled":
        raise error("DisabledException", f"{key.arn} is disabled.")
    if key.key_state != "Enabled":
        raise error("KMSInvalidStateException", f"{key.arn} is {key.key_state}.")
    params = call.params
    if "GranteePrincipal" not in params:
        raise error("ValidationException", "Either GranteePrincipal or GranteeServicePrincipal is required.")
    principal = params["GranteePrincipal"]
    grantee = unique_id(principal)
    if grantee is None and not principal.endswith(":root"):
        raise error("InvalidArnException", f"ARN does not refer to a valid principal: {principal}")
    wanted = {name: params.get(name) for name in _SAME}
    for grant in key.grants.values():
        if (
            params.get("Name") == grant.name
            and isinstance(grant, PinnedGrant)
            and grant.request == wanted
            and grant.name
        ):
            return {"GrantId": grant.id, "GrantToken": mock_random.get_random_hex(64)}
    grant = PinnedGrant(key, params, grantee)
    key.grants[grant.id] = grant
    return {"GrantId": grant.id, "GrantToken": grant.token}


def list_grants(call: Call) -> dict[str, Any]:
    """ListGrants, filtered by grant or grantee."""
    key, params = _key(call), call.params
    shown_grants = [
        {
            "KeyId": key.arn,
            "GrantId": grant.id,
            "Name": grant.name or None,
            "CreationDate": getattr(grant, "created", None),
            "GranteePrincipal": grant.grantee_principal,
            "RetiringPrincipal": grant.retiring_principal or None,
            "IssuingAccount": f"arn:aws:iam::{key.account_id}:root",
            "Operations": grant.operations,
            "Constraints": grant.constraints or None,
        }
        for grant in key.grants.values()
        if params.get("GrantId", grant.id) == grant.id
        and params.get("GranteePrincipal", grant.grantee_principal) == grant.grantee_principal
    ]
    return {"Grants": shown_grants, "Truncated": False}


def install() -> None:
    """Changes moto's KMS."""
    handlers = {"CreateGrant": create, "ListGrants": list_grants}
    answer(KmsResponse, handlers, lambda message: error("ValidationException", message))
    # Upstream: asks the key's policy a second time, without its conditions and principals; the gateway has decided.
    current().patches.replace(KmsResponse, "_validate_key_policy", lambda self, key_id, action: None)


def _key(call: Call) -> Key:
    backend = kms_backends[call.account][call.region]
    key = backend.keys.get(backend.any_id_to_key_id(call.params["KeyId"]))
    if key is None:
        raise error("NotFoundException", f"Key '{call.params['KeyId']}' does not exist")
    return key
