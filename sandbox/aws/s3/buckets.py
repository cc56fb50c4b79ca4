"""Buckets: policies checked as S3 does and pinned to their principals, and what a new bucket has by default.

What a policy says of a request is the gateway's to decide, before the request comes here.
"""

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend

from sandbox.aws.iam.principals import PinnedPolicy, invalid_principal, parsed_policy
from sandbox.aws.moto.installation import current

POLICY_SIZE = 20 * 1024


def malformed(message: str) -> S3ClientError:
    """S3's answer to a policy that it does not like."""
    return S3ClientError("MalformedPolicy", message)


def check_policy(text: str | bytes, arns: tuple[str, ...]) -> None:
    """Raises MalformedPolicy unless the policy is JSON, about these ARNs, and names principals that exist."""
    document = parsed_policy(text)
    if document is None:
        raise malformed("Policies must be valid JSON and the first byte must be '{'")
    if len(text if isinstance(text, bytes) else text.encode()) > POLICY_SIZE:
        raise S3ClientError("PolicyTooLarge", f"Policy exceeds the maximum allowed document size: {POLICY_SIZE} bytes")
    if invalid_principal(document) is not None:
        raise malformed("Invalid principal in policy")
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if not _is_about(statement.get("Resource"), arns):
            raise malformed("Policy has invalid resource")


def install() -> None:
    """Changes moto's S3."""
    put, create = S3Backend.put_bucket_policy, S3Backend.create_bucket

    def put_bucket_policy(self: S3Backend, bucket_name: str, policy: Any) -> None:
        with current().lock:
            self.get_bucket(bucket_name)
            arn = f"arn:aws:s3:::{bucket_name}"
            check_policy(policy, (arn, f"{arn}/*"))
            put(self, bucket_name, policy)

    def create_bucket(self: S3Backend, *args: Any, **kwargs: Any) -> FakeBucket:
        bucket = create(self, *args, **kwargs)
        bucket.encryption = _default_encryption()
        bucket.public_access_block = PublicAccessBlock(True, True, True, True)
        # moto hands what a request asks for on after this.
        vars(bucket)["ownership_rule"] = "BucketOwnerEnforced"
        return bucket

    def delete_bucket_encryption(self: S3Backend, bucket_name: str) -> None:
        self.get_bucket(bucket_name).encryption = _default_encryption()

    def get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
        """Upstream: asks the policy a second time, without its conditions and principals."""
        return PermissionResult.PERMITTED

    def get_bucket_location(self: S3Backend, bucket_name: str) -> str:
        """A bucket that was made with the constraint `EU` says so for ever (S3 API reference, GetBucketLocation)."""
        bucket = self.get_bucket(bucket_name)
        return str(vars(bucket).get("constraint", bucket.region_name))

    current().patches.replace(S3Backend, "get_bucket_location", get_bucket_location)
    current().patches.replace(FakeBucket, "get_permission", get_permission)
    current().patches.replace(S3Backend, "create_bucket", create_bucket)
    current().patches.replace(S3Backend, "delete_bucket_encryption", delete_bucket_encryption)
    current().patches.replace(S3Backend, "put_bucket_policy", put_bucket_policy)
    current().patches.replace(FakeBucket, "policy", PinnedPolicy("policy"))


def _default_encryption() -> dict[str, Any]:
    return {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}


def _is_about(resource: Any, arns: tuple[str, ...]) -> bool:
    resources = resource if isinstance(resource, list) else [resource]
    return bool(resources) and all(
        isinstance(name, str)
        and any(name == arn or (arn.endswith("/*") and name.startswith(arn.removesuffix("*"))) for arn in arns)
        for name in resources
    )
