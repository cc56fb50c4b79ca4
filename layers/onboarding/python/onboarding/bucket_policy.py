"""Statements of ours in a bucket's policy, beside whatever its owner has there.

PutBucketPolicy has no condition that notices a concurrent edit: change a policy under the bucket's lock alone.
"""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from onboarding import policy
from onboarding.aws_errors import is_missing
from onboarding.policy import Document


@dataclass(frozen=True)
class BucketPolicy:
    """The policy of a bucket; its verbs raise botocore's errors."""

    s3: Any
    """Client in the account of the bucket."""
    account: str
    bucket: str
    prefix: str
    """Begins the Sid of every statement of ours."""

    def statement(self, sid: str) -> Document | None:
        """Our statement of that Sid in canonical form, or None."""
        return _ours(self._read().get("Statement", []), sid)

    def put(self, sid: str, statement: Document | None) -> None:
        """Makes the statement of that Sid what it should be; None takes it away."""
        # The owner's statements go back just as they came.
        found = self._read()
        statements = found.get("Statement", [])
        if _ours(statements, sid) == statement:
            return
        kept = [s for s in statements if s.get("Sid") != sid]
        if statement:
            # Ours come in the order of their Sids, so that one put back is where it was.
            later = (n for n, s in enumerate(kept) if s.get("Sid", "").startswith(self.prefix) and s["Sid"] > sid)
            kept.insert(next(later, len(kept)), statement)
        if kept:
            # A policy without a version is an old one, and reads otherwise with a new one.
            document = json.dumps({**(found or {"Version": "2012-10-17"}), "Statement": kept})
            self.s3.put_bucket_policy(Bucket=self.bucket, Policy=document, ExpectedBucketOwner=self.account)
        else:
            self.s3.delete_bucket_policy(Bucket=self.bucket, ExpectedBucketOwner=self.account)

    def _read(self) -> Document:
        try:
            found = self.s3.get_bucket_policy(Bucket=self.bucket, ExpectedBucketOwner=self.account)
        except ClientError as error:
            if is_missing(error):
                return {}
            raise
        document: Document = json.loads(found["Policy"])
        if isinstance(document.get("Statement"), dict):
            document["Statement"] = [document["Statement"]]
        return document


def _ours(statements: list[Document], sid: str) -> Document | None:
    ours = [s for s in statements if s.get("Sid") == sid]
    return policy.canonical_statement(ours[0]) if ours else None
