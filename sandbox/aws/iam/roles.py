"""IAM truths that moto does not check: principals of trust policies, size quotas, when a role was born."""

import json
import re
from typing import Any

from moto.core.exceptions import ServiceException
from moto.iam.models import IAMBackend, Role, iam_backends
from moto.iam.responses import IamResponse

from sandbox.aws.iam.principals import PinnedPolicy, invalid_principal, parsed_policy
from sandbox.aws.moto.installation import current
from sandbox.aws.moto.operations import Call, answer, error, precede

TRUST_POLICY_SIZE = 2048
INLINE_POLICIES_SIZE = 10240


def install() -> None:
    """Changes moto's IAM."""
    create = IAMBackend.create_role

    def create_role(self: IAMBackend, *args: Any, **kwargs: Any) -> Role:
        role = create(self, *args, **kwargs)
        vars(role)["born"] = current().clock.now()
        return role

    current().patches.replace(IAMBackend, "create_role", create_role)
    pinned = PinnedPolicy("assume_role_policy_document")
    current().patches.replace(Role, "assume_role_policy_document", pinned)
    precede(IamResponse, "CreateRole", lambda call: _check_trust(call.params["AssumeRolePolicyDocument"]), _refuse)
    precede(IamResponse, "UpdateAssumeRolePolicy", lambda call: _check_trust(call.params["PolicyDocument"]), _refuse)
    precede(IamResponse, "PutRolePolicy", _check_inline_size, _refuse)
    answer(IamResponse, {"SimulatePrincipalPolicy": simulate}, _refuse)


def simulate(call: Call) -> dict[str, Any]:
    """SimulatePrincipalPolicy of a role: its identity policies and boundary, as everywhere else."""
    role = call.params["PolicySourceArn"]
    if not any(each.arn == role for each in iam_backends[call.account]["aws"].get_roles()):
        raise error("NoSuchEntity", f"Cannot find the entity {role}.")
    results = [
        {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": _decision(role, action, resource)}
        for action in call.params["ActionNames"]
        for resource in call.params.get("ResourceArns", ["*"])
    ]
    return {"EvaluationResults": results, "IsTruncated": False}


def _decision(role: str, action: str, resource: str) -> str:
    refused = current().why_not(role, action, resource)
    if refused is None:
        return "allowed"
    return "explicitDeny" if "explicit deny" in refused else "implicitDeny"


def _refuse(message: str) -> ServiceException:
    return error("ValidationError", message)


def _check_trust(text: str) -> None:
    document = parsed_policy(text)
    if document is None:
        raise error("MalformedPolicyDocument", "This policy contains invalid Json")
    if _size(text) > TRUST_POLICY_SIZE:
        raise error("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {TRUST_POLICY_SIZE}")
    principal = invalid_principal(document)
    if principal is not None:
        raise error("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{principal}"')


def _check_inline_size(call: Call) -> None:
    roles = iam_backends[call.account]["aws"].get_roles()
    role = next((role for role in roles if role.name == call.params["RoleName"]), None)
    policies = dict(role.policies) if role else {}
    policies[call.params["PolicyName"]] = call.params["PolicyDocument"]
    if sum(_size(policy) for policy in policies.values()) > INLINE_POLICIES_SIZE:
        raise error(
            "LimitExceeded",
            f"Maximum policy size of {INLINE_POLICIES_SIZE} bytes exceeded for role {call.params['RoleName']}",
        )


def _size(policy: str | dict[str, Any]) -> int:
    # IAM does not count white space.
    return len(re.sub(r"\s", "", policy if isinstance(policy, str) else json.dumps(policy)))
