"""The key of a dataset as it must be before it is granted: there, the owner's own, and in use."""

from typing import Final

from botocore.exceptions import ClientError

from onboarding.aws_errors import is_denied, is_missing, translate
from onboarding.member_role import unlisted
from onboarding.plan import Finding
from onboarding.resource import Context
from s3_access_point import bucket

_IN_USE: Final = "Enabled"


def finding(owner: str, key: str, context: Context) -> Finding:
    """How the key was found. Raises botocore's ClientError where KMS does not say."""
    resource = f"{owner} key {key.rsplit('/', 1)[1]}"
    try:
        described = context.accounts.client("kms", owner).describe_key(KeyId=key)["KeyMetadata"]
    except ClientError as error:
        if is_missing(error):
            reason = (
                f"does not exist in {context.settings.region} of account {owner}, and nobody can read any more what it "
                "has encrypted. Correct the dataset's kmsKeyArn, or leave the dataset out"
            )
            return Finding(id="KMS-KEY", resource=resource, state="missing", reason=reason)
        if is_denied(error):
            said = translate(error).reason
            return unlisted(context, owner, resource, said, template=bucket.TEMPLATE, lists=f"KeyArns=...,{key}")
        raise
    state = str(described["KeyState"])
    if described.get("KeyManager") == "AWS" and owner != context.settings.account:
        reason = (
            "is managed by AWS, and no other account can ever use it. Give the bucket a key of your own, and name that"
        )
        return Finding(id="KMS-MANAGED", resource=resource, state=state, reason=reason)
    if state != _IN_USE:
        reason, mend = f"is {state}, so that nothing can be read or written by it", _mend(state, key)
        return Finding(
            id="KMS-STATE",
            resource=resource,
            state=state,
            reason=reason if mend else f"{reason}. Mend it, then send the event again",
            mend=mend,
        )
    return Finding(id="KMS-KEY", resource=resource, state=state)


def _mend(state: str, key: str) -> str:
    """The command that brings a key back into use (KMS developer guide, "Key states of AWS KMS keys")."""
    enable = f"aws kms enable-key --key-id {key}"
    return {"Disabled": enable, "PendingDeletion": f"aws kms cancel-key-deletion --key-id {key} && {enable}"}.get(
        state, ""
    )
