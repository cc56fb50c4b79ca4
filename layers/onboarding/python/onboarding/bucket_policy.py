"""Statements of ours in a bucket's policy, beside whatever its owner has there.

PutBucketPolicy has no condition that notices a concurrent edit: change a policy under the bucket's lock alone. It takes
the policy as a whole, so that what is wrong with an owner's statement stands in the way of ours.
"""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from onboarding import errors, policy
from onboarding.aws_errors import code, is_missing, message
from onboarding.bucket_faults import policy_command, refused_principals, short_of_room, text
from onboarding.bucket_lock import BucketLock
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

    def document(self) -> Document:
        """The whole policy; empty where there is none."""
        try:
            found = self.s3.get_bucket_policy(Bucket=self.bucket, ExpectedBucketOwner=self.account)
        except ClientError as error:
            if is_missing(error):
                return {}
            raise
        document: Document = json.loads(found["Policy"])
        return document

    def put(self, sid: str, statement: Document | None, lock: BucketLock) -> None:
        """Makes the statement of that Sid what it should be; None takes it away. The lock is held.

        It remembers that an owner's only statement stood without a list, so that it does again when ours have gone.
        Raises ServiceRefused where others' statements keep S3 from taking the policy, Busy where somebody else changes
        it meanwhile.
        """
        found = self.document()
        if statement is not None and isinstance(found.get("Statement"), dict):
            lock.note_single()
        single = statement is None and lock.is_single()
        wanted = self.changed(found, sid, statement)
        left = policy.statements(wanted)
        if single and len(left) == 1:
            wanted = {**wanted, "Statement": left[0]}
        if wanted != found:
            self._write(found, wanted)
        if single and not any(each.get("Sid", "").startswith(self.prefix) for each in left):
            lock.forget_single()

    def changed(self, found: Document, sid: str, statement: Document | None) -> Document:
        """That policy with the statement of that Sid as it should be, all others just as they are."""
        if ours(found, sid) == statement:
            return found
        kept = [s for s in policy.statements(found) if s.get("Sid") != sid]
        if statement:
            # Ours come in the order of their Sids, so that one put back is where it was.
            later = (n for n, s in enumerate(kept) if s.get("Sid", "").startswith(self.prefix) and s["Sid"] > sid)
            kept.insert(next(later, len(kept)), statement)
        # A policy without a version is an old one, and reads otherwise with a new one.
        return {**(found or {"Version": "2012-10-17"}), "Statement": kept}

    def _write(self, found: Document, wanted: Document) -> None:
        if not policy.statements(wanted):
            self.s3.delete_bucket_policy(Bucket=self.bucket, ExpectedBucketOwner=self.account)
            return
        try:
            self.s3.put_bucket_policy(Bucket=self.bucket, Policy=text(wanted), ExpectedBucketOwner=self.account)
        except ClientError as error:
            raise self._refused(error, found, wanted) from error

    def _refused(self, error: ClientError, found: Document, wanted: Document) -> Exception:
        run = f"Run: {policy_command(self.bucket)}"
        if code(error) == "PolicyTooLarge":
            return errors.ServiceRefused(f"{short_of_room(found, wanted)}. {run}")
        # Statements of ours name an account alone, which is there: so it is never a role of ours that is too new.
        if code(error) != "MalformedPolicy" or "principal" not in message(error).lower():
            return error
        if self.document() != found:
            return errors.Busy("somebody else is changing the bucket's policy")
        why = refused_principals(found) or f"S3 refuses it with {code(error)}: {message(error)}. Correct its principals"
        return errors.ServiceRefused(f"{why}. {run}")


def ours(document: Document, sid: str) -> Document | None:
    """The statement of that Sid in canonical form, or None."""
    found = (statement for statement in policy.statements(document) if statement.get("Sid") == sid)
    return next((policy.canonical_statement(statement) for statement in found), None)
