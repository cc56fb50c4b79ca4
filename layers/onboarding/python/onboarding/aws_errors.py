"""What an error of AWS means for us: which of our errors it is.

Only what is known to pass is transient, by error code or, where AWS reuses a code, by its wording too. The same wording
lasting means the real mistake; the state machine's attempts are bounded, so it ends as a failure then.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from onboarding import errors

_THROTTLING: Final = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ProvisionedThroughputExceededException",
    }
)

_BUSY: Final = frozenset(
    {
        "ConcurrentModification",  # IAM under parallel work (terraform-provider-aws #39421)
        "ConcurrentModificationException",
        "OperationAborted",  # S3: a conflicting operation is under way (ansible #66778)
        "ResourceInUse",  # SageMaker: the quota or its cluster is being changed
        # It exists, though the read before said no: that read lagged, or someone was quicker. The next one tells.
        "EntityAlreadyExists",
        "ResourceInUseException",
        "AccessPointAlreadyOwnedByYou",
        "ConflictException",
    }
)

_NOT_READY: Final = frozenset(
    {
        "SubscriptionRequiredException",  # aws-deployment-framework #519
        "OptInRequired",
    }
)

_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})

# A role takes seconds to become known elsewhere; these are the words until then (terraform-provider-aws
# internal/service/eks and internal/service/iam/role.go; ansible-devops #1933).
_NOT_YET_VISIBLE: Final = (
    (
        "CreateAccessEntry",
        "InvalidParameterException",
        re.compile(r"The specified principalArn is invalid: invalid principal"),
    ),
    (
        "AssociateAccessPolicy",
        "ResourceNotFoundException",
        re.compile(r"The specified principalArn could not be found"),
    ),
    (
        "CreatePodIdentityAssociation",
        "InvalidParameterException",
        re.compile(r"Role provided in the request does not exist"),
    ),
    (
        "UpdatePodIdentityAssociation",
        "InvalidParameterException",
        re.compile(r"Role provided in the request does not exist"),
    ),
    ("PutAccessPointPolicy", "MalformedPolicy", re.compile(r"Invalid principal in policy")),
    ("CreateRole", "MalformedPolicyDocument", re.compile(r"Invalid principal in policy")),
    ("UpdateAssumeRolePolicy", "MalformedPolicyDocument", re.compile(r"Invalid principal in policy")),
    # KMS says no more than that the ARN is invalid (KMS API reference, CreateGrant).
    ("CreateGrant", "InvalidArnException", re.compile(r"")),
)

_MISSING: Final = frozenset(
    {
        "NoSuchEntity",
        "NoSuchEntityException",
        "ResourceNotFoundException",
        "ResourceNotFound",
        "NotFoundException",
        "NoSuchAccessPoint",
        "NoSuchAccessPointPolicy",
        "NoSuchBucketPolicy",
        "ServerSideEncryptionConfigurationNotFoundError",
        "NoSuchBucket",
        "FileSystemNotFound",
        "DataRepositoryAssociationNotFound",
        "404",
    }
)


def code(error: ClientError) -> str:
    """The service's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_missing(error: ClientError) -> bool:
    """Whether the service says that the thing asked about does not exist."""
    # SageMaker's tag operations have no error of their own for it.
    unnamed = code(error) == "ValidationException" and "does not exist" in message(error)
    return code(error) in _MISSING or unnamed


def is_denied(error: ClientError) -> bool:
    """Whether the service says that the caller may not."""
    return code(error) in _DENIED


def message(error: ClientError) -> str:
    """What the service says about it."""
    return str(error.response.get("Error", {}).get("Message", ""))


def translate(error: BotoCoreError | ClientError, resource: str | None = None) -> errors.OnboardingError:
    """The error of ours that this one means."""
    if not isinstance(error, ClientError):
        # No answer at all: the call may have had its effect. All else of botocore's own is a mistake in the call.
        unanswered = isinstance(error, HTTPClientError | NoConnectionError)
        kind = errors.ServiceUnavailable if unanswered else errors.ServiceRefused
        return kind(f"{type(error).__name__}: {error}", resource)
    operation, said = error.operation_name, message(error)
    reason = f"{operation} was refused with {code(error)}: {said}"
    return _kind(error, operation, said)(reason, resource)


def _kind(error: ClientError, operation: str, said: str) -> type[errors.OnboardingError]:
    if code(error) in _THROTTLING:
        return errors.Throttled
    if any(o == operation and c == code(error) and words.search(said) for o, c, words in _NOT_YET_VISIBLE):
        return errors.NotYetVisible
    if code(error) in _BUSY:
        return errors.Busy
    if code(error) in _NOT_READY:
        return errors.AccountNotReady
    if is_denied(error):
        return errors.AccessDenied
    if int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) >= 500:
        return errors.ServiceUnavailable
    return errors.ServiceRefused


@contextmanager
def translated(resource: str | None = None) -> Iterator[None]:
    """Turns errors of AWS inside the block into ours, about this resource.

    Raises the OnboardingError that the AWS error means.
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise translate(error, resource) from error
    except errors.OnboardingError as error:
        if error.resource is None and resource is not None:
            raise type(error)(error.reason, resource) from error
        raise
