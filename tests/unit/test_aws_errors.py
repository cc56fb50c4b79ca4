"""Which of AWS's errors pass by themselves: just those that are known to, by their very words."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from onboarding import errors
from onboarding.aws_errors import is_missing, translate, translated

NOT_YET_VISIBLE = [
    (
        "CreateAccessEntry",
        "InvalidParameterException",
        "The specified principalArn is invalid: invalid principal",
        "The specified principalArn is invalid: it is a service-linked role",
    ),
    (
        "AssociateAccessPolicy",
        "ResourceNotFoundException",
        "The specified principalArn could not be found. You can view your available access entries",
        "No cluster found for name: research-eks.",
    ),
    (
        "CreatePodIdentityAssociation",
        "InvalidParameterException",
        "Role provided in the request does not exist",
        "The trust policy of the role is not valid",
    ),
    (
        "PutAccessPointPolicy",
        "MalformedPolicy",
        "Invalid principal in policy",
        "Policy has invalid resource",
    ),
    (
        "UpdateAssumeRolePolicy",
        "MalformedPolicyDocument",
        'Invalid principal in policy: "AWS":"arn:aws:iam::444455556666:role/DataScientistRole"',
        "Syntax errors in policy.",
    ),
    ("CreateRole", "MalformedPolicyDocument", "Invalid principal in policy", "Syntax errors in policy."),
]
"""Operation, code, the words that pass, and words of the same code that do not."""


def refusal(operation: str, code: str, said: str = "", status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": said}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)  # type: ignore[arg-type]


@pytest.mark.parametrize(("operation", "code", "passing", "lasting"), NOT_YET_VISIBLE)
def test_a_role_not_yet_visible_is_known_by_its_wording(operation: str, code: str, passing: str, lasting: str) -> None:
    assert isinstance(translate(refusal(operation, code, passing)), errors.NotYetVisible)
    assert isinstance(translate(refusal(operation, code, lasting)), errors.ServiceRefused)


@pytest.mark.parametrize(("operation", "code", "passing", "lasting"), NOT_YET_VISIBLE)
def test_the_same_words_of_another_call_are_final(operation: str, code: str, passing: str, lasting: str) -> None:
    assert isinstance(translate(refusal(f"Other{operation}", code, passing)), errors.ServiceRefused)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ThrottlingException", errors.Throttled),
        ("Throttling", errors.Throttled),
        ("SlowDown", errors.Throttled),
        ("TooManyRequestsException", errors.Throttled),
        ("ConcurrentModification", errors.Busy),
        ("OperationAborted", errors.Busy),
        ("ResourceInUseException", errors.Busy),
        ("EntityAlreadyExists", errors.Busy),
        ("AccessDenied", errors.AccessDenied),
        ("AccessDeniedException", errors.AccessDenied),
        ("ValidationException", errors.ServiceRefused),
        ("LimitExceeded", errors.ServiceRefused),
        ("MalformedPolicy", errors.ServiceRefused),
    ],
)
def test_an_error_code_is_one_of_ours(code: str, kind: type[errors.OnboardingError]) -> None:
    assert type(translate(refusal("PutThing", code))) is kind


def test_whatever_comes_with_a_500_is_the_services_trouble() -> None:
    assert isinstance(translate(refusal("PutThing", "InternalFailure", status=503)), errors.ServiceUnavailable)


@pytest.mark.parametrize(
    "lost",
    [
        ConnectTimeoutError(endpoint_url="https://eks"),
        ReadTimeoutError(endpoint_url="https://eks"),
        EndpointConnectionError(endpoint_url="https://eks"),
    ],
)
def test_a_lost_answer_is_transient(lost: ConnectTimeoutError | ReadTimeoutError | EndpointConnectionError) -> None:
    assert isinstance(translate(lost), errors.ServiceUnavailable)


def test_a_mistake_in_the_call_itself_is_final() -> None:
    assert isinstance(translate(ParamValidationError(report="Unknown parameter")), errors.ServiceRefused)


def test_the_reason_names_call_code_and_words() -> None:
    found = translate(refusal("PutThing", "ValidationException", "no such color"), "thing one")
    assert found.reason == "PutThing was refused with ValidationException: no such color"
    assert found.resource == "thing one"


@pytest.mark.parametrize("code", ["NoSuchEntity", "ResourceNotFoundException", "NoSuchBucketPolicy", "404"])
def test_what_is_missing_is_known_by_its_code(code: str) -> None:
    assert is_missing(refusal("GetThing", code))
    assert not is_missing(refusal("GetThing", "AccessDenied"))


def test_an_error_of_ours_gets_the_address_that_it_lacks_and_keeps_the_one_it_has() -> None:
    with pytest.raises(errors.Busy) as bare, translated("thing one"):
        raise errors.Busy("locked")
    with pytest.raises(errors.Busy) as addressed, translated("thing one"):
        raise errors.Busy("locked", "thing two")
    assert (bare.value.resource, addressed.value.resource) == ("thing one", "thing two")


def test_every_error_is_either_transient_or_final() -> None:
    assert errors.TRANSIENT == (
        "AccountNotReady",
        "Busy",
        "NotAsPlanned",
        "NotYetVisible",
        "ServiceUnavailable",
        "Throttled",
    )
    for kind in errors.Final.__subclasses__():
        assert not issubclass(kind, errors.Transient)
