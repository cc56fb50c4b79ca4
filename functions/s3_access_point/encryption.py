"""The default encryption of a bucket: by which key, however its owner has spelled it, and whether a team can use it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from onboarding.aws_errors import code, is_denied, is_missing, translate
from onboarding.errors import AccessDenied
from onboarding.request import Dataset
from onboarding.resource import Context

_MANAGED: Final = "alias/aws/s3"


@dataclass(frozen=True)
class Encryption:
    """How a bucket encrypts new objects, where it does so by KMS."""

    algorithm: str
    named: str
    """The key as the bucket names it: ARN, id, name or ARN of an alias (S3 API reference,
    ServerSideEncryptionByDefault)."""
    bucket_keys: bool

    @property
    def is_managed(self) -> bool:
        """Whether by the key that AWS manages: no other account can use it, whatever anybody allows (KMS developer
        guide, "AWS managed keys")."""
        return self.named.split(":")[-1] == _MANAGED

    def key_arn(self, dataset: Dataset, context: Context) -> str | None:
        """The ARN of the key in the owner's account; None where an alias leads to none.

        Raises AccessDenied where the member role may not look the alias up.
        """
        if ":key/" in self.named:
            return self.named
        if "alias/" not in self.named:
            settings = context.settings
            return f"arn:{settings.partition}:kms:{settings.region}:{dataset.account_id}:key/{self.named}"
        try:
            kms = context.accounts.client("kms", dataset.account_id)
            return str(kms.describe_key(KeyId=self.named)["KeyMetadata"]["Arn"])
        except ClientError as error:
            if is_missing(error):
                return None
            if is_denied(error):
                raise AccessDenied(
                    f"is encrypted with {self.named}, and {translate(error).reason}. The member role may look at the "
                    "keys that KeyArns of accounts/data.yaml lists: add that one"
                ) from error
            raise

    def command(self, dataset: Dataset, key: str) -> str:
        """The command by which the owner names another key for the same encryption."""
        rule: dict[str, Any] = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": self.algorithm, "KMSMasterKeyID": key}
        }
        if self.bucket_keys:
            rule["BucketKeyEnabled"] = True
        return (
            f"aws s3api put-bucket-encryption --bucket {dataset.bucket} --server-side-encryption-configuration "
            f"'{json.dumps({'Rules': [rule]}, separators=(',', ':'))}'"
        )


def encryption_of(s3: Any, dataset: Dataset) -> Encryption | None:
    """How the dataset's bucket encrypts new objects; None where S3 does it with keys of its own."""
    try:
        found = s3.get_bucket_encryption(Bucket=dataset.bucket, ExpectedBucketOwner=dataset.account_id)
    except ClientError as error:
        if code(error) != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return None
    # A bucket has one rule (S3 API reference, ServerSideEncryptionConfiguration).
    for rule in found["ServerSideEncryptionConfiguration"]["Rules"]:
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        algorithm = str(default.get("SSEAlgorithm", ""))
        if algorithm.startswith("aws:kms"):
            # Where it names no key it means AWS's.
            named = str(default.get("KMSMasterKeyID") or _MANAGED)
            return Encryption(algorithm, named, bool(rule.get("BucketKeyEnabled")))
    return None


def managed_faults(found: Encryption, dataset: Dataset, context: Context) -> Iterator[tuple[str, str]]:
    """That only the owner's account can use the key, with the command that names another."""
    if dataset.account_id != context.settings.account:
        yield (
            f"is encrypted with aws/s3, the key that AWS manages for account {dataset.account_id}, which no other "
            "account can ever use. Give the bucket a key of your own, copy the objects onto themselves, so that they "
            "are under it as well, and set the dataset's kmsKeyArn to that key",
            found.command(dataset, "..."),
        )


def faults(
    found: Encryption, arn: str | None, dataset: Dataset, context: Context, *, writes: bool
) -> Iterator[tuple[str, str]]:
    """Why the team cannot use the bucket's key, which is `arn`, a sentence each with the command that mends it."""
    cluster = context.settings.account
    named = f"names {dataset.kms_key_arn}" if dataset.kms_key_arn else "names no key"
    if arn is None:
        reason = f"is encrypted with {found.named}, which leads to no key. Give the bucket its key anew"
        yield reason, found.command(dataset, "...")
    elif arn != dataset.kms_key_arn:
        yield f"is encrypted with {arn}, and the event {named}. Set the dataset's kmsKeyArn to that key", ""
    elif writes and dataset.account_id != cluster and not found.named.startswith("arn:"):
        yield (
            f"names its key as {found.named}, which S3 looks up in the account of whoever writes, and the team writes "
            f"from {cluster}. Name the key by its ARN",
            found.command(dataset, arn),
        )
