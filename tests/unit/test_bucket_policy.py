"""What keeps S3 from taking a bucket's policy is found in it, and told with the command that mends it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from onboarding.aws_errors import translated
from onboarding.bucket_faults import policy_command, refused_principals
from onboarding.bucket_policy import BucketPolicy
from onboarding.errors import Busy, ServiceRefused
from onboarding.policy import Document
from tests.unit.given import DATA

ROLE, USER = "AROAEXAMPLE1234567890", "AIDAEXAMPLE1234567890"
LIVING = f"arn:aws:iam::{DATA}:role/analytics"


def statement(sid: str = "Theirs", **parts: Any) -> Document:
    named = {"Sid": sid} if sid else {}
    return {**named, "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::images/*", **parts}


def of(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


class Bucket:
    """Stands for S3, which takes no policy; after a refusal the policy may be another one."""

    def __init__(self, *policies: Document, said: str = "Invalid principal in policy") -> None:
        self._policies, self._said = list(policies), said

    def get_bucket_policy(self, **_: Any) -> dict[str, Any]:
        """What is there."""
        return {"Policy": json.dumps(self._policies[0])}

    def put_bucket_policy(self, **_: Any) -> None:
        """Refuses it."""
        if len(self._policies) > 1:
            del self._policies[0]
        error = {"Error": {"Code": "MalformedPolicy", "Message": self._said}}
        raise ClientError(error, "PutBucketPolicy")  # type: ignore[arg-type]


def put(bucket: Bucket) -> None:
    lock: Any = None
    with translated("the bucket"):
        BucketPolicy(bucket, DATA, "images", "Ours").put("OursOne", statement("OursOne", Principal="*"), lock)


@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
@pytest.mark.parametrize("named", [ROLE, [LIVING, ROLE]])
def test_a_statement_that_names_a_deleted_role_is_named(element: str, named: str | list[str]) -> None:
    theirs = {**statement(), element: {"AWS": named}}
    found = refused_principals(of(statement("Living", Principal="*"), theirs))
    assert f"statement Theirs names {ROLE}, and S3 refuses" in found


def test_every_one_of_them_is_named_and_one_without_a_name_by_its_place() -> None:
    document = of(
        statement("One", Principal={"AWS": [USER, ROLE]}),
        statement("", Principal="*"),
        statement("", Principal={"AWS": USER}),
    )
    found = refused_principals(document)
    assert f"statement One names {USER}, {ROLE}; statement 3 of 3 names {USER}, and" in found


@pytest.mark.parametrize(
    "principal",
    ["*", {"AWS": LIVING}, {"AWS": DATA}, {"Service": "logging.s3.amazonaws.com"}, {"CanonicalUser": ROLE.lower()}],
)
def test_principals_that_live_are_not_in_the_way(principal: Any) -> None:
    condition = {"StringLike": {"aws:userid": f"{ROLE}:*"}}
    assert refused_principals(of(statement(Principal=principal, Condition=condition))) == ""


def test_a_refusal_names_the_statement_and_is_final() -> None:
    with pytest.raises(ServiceRefused, match=f"statement Theirs names {ROLE}.*Run: {policy_command('images')[:30]}"):
        put(Bucket(of(statement(Principal={"AWS": ROLE}))))


def test_a_refusal_that_no_deleted_principal_explains_is_told_in_the_words_of_s3() -> None:
    # An account that was closed keeps its ARN in the policy.
    with pytest.raises(
        ServiceRefused, match=r"MalformedPolicy: Invalid principal in policy\. Correct its principals\. Run"
    ):
        put(Bucket(of(statement(Principal={"AWS": DATA}))))


def test_a_principal_that_dies_meanwhile_is_for_the_next_try() -> None:
    policies = (of(statement(Principal={"AWS": LIVING})), of(statement(Principal={"AWS": ROLE})))
    with pytest.raises(Busy, match="somebody else is changing"):
        put(Bucket(*policies))


def test_another_refusal_of_the_policy_is_told_as_it_is() -> None:
    with pytest.raises(ServiceRefused, match="Policy has invalid resource"):
        put(Bucket(of(statement(Principal={"AWS": ROLE})), said="Policy has invalid resource"))
