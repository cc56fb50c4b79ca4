"""Whether a caller may do what a call needs: every policy that has a say, combined as IAM combines them."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from moto.kms.models import Grant
from moto.organizations.models import organizations_backends

from sandbox.aws.gateway.caller import Caller
from sandbox.aws.gateway.needs import Need
from sandbox.aws.gateway.policy import Decision, Request, evaluate
from sandbox.aws.gateway.reference import supplied
from sandbox.aws.gateway.resource_policies import ResourcePolicy, object_owner, owner_of, policy_on

ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity"})

# Every client here signs in a header.
_S3_FACTS = {"s3:tlsversion": "1.3", "s3:signatureversion": "AWS4-HMAC-SHA256", "s3:authtype": "REST-HEADER"}


def refusal(caller: Caller, need: Need, region: str) -> str | None:
    """Why the caller may not, in the service's words; none when it may."""
    if caller.is_operator or need.action in ALWAYS_ALLOWED:
        return None
    reason = _reason(caller, need, region)
    if reason is None:
        return None
    resource = need.resource
    if need.action.startswith("s3:"):
        # S3 explains itself within an account only, and quotes.
        if (owner_of(resource) or caller.account) != caller.account:
            return "Access Denied"
        resource = f'"{resource}"'
    return f"User: {caller.arn} is not authorized to perform: {need.action} on resource: {resource}{reason}"


def _reason(caller: Caller, need: Need, region: str) -> str | None:
    context = _context(caller, need, region)
    holder = object_owner(need.resource) if need.action == "s3:GetObject" else None
    owner = holder or owner_of(need.resource) or caller.account
    everyone = caller.own_names | caller.account_names
    levels = () if caller.kind in ("Anonymous", "Service") else (caller.account_names, caller.own_names)
    request = Request(need.action, need.resource, everyone, context, levels, bounded=caller.boundary is not None)
    identity = evaluate(caller.policies, request)
    limits = {
        "permissions boundary": None if caller.boundary is None else evaluate(caller.boundary, request),
        "session policy": None if caller.session_policy is None else evaluate(caller.session_policy, request),
    }
    # What a bucket's policy says is about its owner's objects alone.
    resource = None if holder else policy_on(need.action, need.resource)
    said = evaluate(resource.statements, request) if resource else Decision.NONE

    for name, decision in {"identity-based policy": identity, **limits, "resource-based policy": said}.items():
        if decision is Decision.DENY:
            article = "an" if name[0] == "i" else "a"
            return f" with an explicit deny in {article} {name}"
    for name, decision in limits.items():
        if decision is Decision.NONE:
            return f" because no {name} allows the {need.action} action"

    granted = bool(resource) and _granted(resource, request, caller)
    if owner != caller.account:
        # Another account's resource: that account and the caller's own must both agree.
        let_in = said is Decision.ALLOW or granted
        if caller.kind in ("Anonymous", "Service") or need.delegated:
            return None if let_in else _no("resource-based policy", need)
        if identity is not Decision.ALLOW:
            return _no("identity-based policy", need)
        return None if let_in else _no("resource-based policy", need)
    direct = Request(need.action, need.resource, caller.own_names, context)
    if granted or (resource and evaluate(resource.statements, direct) is Decision.ALLOW):
        return None
    if identity is not Decision.ALLOW:
        return _no("identity-based policy", need)
    if resource and resource.decisive and said is not Decision.ALLOW:
        return _no("resource-based policy", need)
    return None


def _no(policy: str, need: Need) -> str:
    # STS tells a caller nothing about the role it may not assume.
    return "" if need.action.startswith("sts:") else f" because no {policy} allows the {need.action} action"


def _granted(resource: ResourcePolicy | None, request: Request, caller: Caller) -> bool:
    """Whether a KMS grant covers the request."""
    operation = request.action.removeprefix("kms:")
    return any(
        grant.grantee_principal in caller.own_names
        and operation in grant.operations
        and _constraints_hold(grant, request)
        for grant in (resource.grants if resource else ())
    )


def _constraints_hold(grant: Grant, request: Request) -> bool:
    constraints = grant.constraints or {}
    prefix = "kms:encryptioncontext:"
    given = {key.removeprefix(prefix): value for key, value in request.context.items() if key.startswith(prefix)}

    def wanted(kind: str) -> Mapping[str, tuple[str, ...]]:
        return {key.lower(): (value,) for key, value in constraints.get(kind, {}).items()}

    subset, equal = wanted("EncryptionContextSubset"), wanted("EncryptionContextEquals")
    return subset.items() <= given.items() and (not equal or equal == given)


def _context(caller: Caller, need: Need, region: str) -> dict[str, tuple[str, ...]]:
    context = supplied(need.action, need.resource, need.context)
    owner = owner_of(need.resource)
    facts = {
        "aws:principalarn": caller.principal,
        "aws:principalaccount": caller.account,
        "aws:principaltype": caller.kind,
        "aws:userid": caller.unique_id,
        "aws:sourceidentity": caller.source_identity,
        "aws:principalorgid": organization_of(caller.account),
        "aws:resourceaccount": owner,
        "aws:resourceorgid": organization_of(owner) if owner else None,
        "aws:requestedregion": region,
        "aws:principalisawsservice": str(caller.kind == "Service").lower(),
        "aws:viaawsservice": "false",
        # The real endpoints speak TLS alone; the sandbox plays them over plain HTTP.
        "aws:securetransport": "true",
        # Who comes by an endpoint has an address of the VPC alone.
        "aws:sourceip": None if "aws:sourcevpce" in context else "127.0.0.1",
        "aws:currenttime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(time.time())),
        **{f"aws:principaltag/{key.lower()}": value for key, value in caller.tags.items()},
    }
    if need.action.startswith("s3:"):
        facts |= {"s3:resourceaccount": owner, **_S3_FACTS}
    if need.action.startswith("kms:"):
        facts["kms:calleraccount"] = caller.account
    return {key: (value,) for key, value in facts.items() if value} | context


def organization_of(account: str) -> str | None:
    """The id of the organization that an account belongs to, if any."""
    for backends in list(organizations_backends.values()):
        backend = backends["aws"]
        if backend.org and any(member.id == account for member in backend.accounts):
            return str(backend.org.id)
    return None
