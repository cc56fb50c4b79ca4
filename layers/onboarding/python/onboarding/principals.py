"""The principals of a team: who its scientists are when they come in from their own accounts.

Nothing here talks to AWS.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from onboarding.account_number import ACCOUNT
from onboarding.strict import Strict, refuse_doubles

ROLE_ARN: Final = r"^arn:aws:iam::[0-9]{12}:role/([\x21-\x7e]{1,510}/)?[A-Za-z0-9+=,.@_-]{1,64}$"
PERMISSION_SET: Final = r"^[A-Za-z0-9_+=,.@-]{1,32}$"
"""IAM Identity Center API reference, PermissionSetName."""

MOST: Final = 10
"""Of one team. Each role takes a policy in its own account, and all stand in one trust policy of 2,048 characters."""


def _refuse_reserved(arn: str | None) -> str | None:
    # Of permission sets and of service-linked roles; AWS keeps no other paths (IAM user guide, "Create a
    # service-linked role"; IAM Identity Center user guide, "Referencing permission sets in resource policies").
    if arn is not None and arn.split(":role/")[1].startswith(("aws-reserved/", "aws-service-role/")):
        raise ValueError(
            "AWS keeps this role (role/aws-reserved/, role/aws-service-role/) and its policies cannot be changed; "
            "name a role of yours, or a permission set of IAM Identity Center as scientists[] with permissionSet and "
            "accountId"
        )
    return arn


RoleArn = Annotated[str | None, Field(pattern=ROLE_ARN, max_length=2048), AfterValidator(_refuse_reserved)]
"""Of a role that takes policies, where one is named."""


class Principal(Strict):
    """An IAM role, or a permission set of IAM Identity Center as it is assigned in one account."""

    role_arn: Annotated[RoleArn, Field(description="A role that scientists of the team use.")] = None
    permission_set: Annotated[
        str | None,
        Field(pattern=PERMISSION_SET, description="Name of a permission set by which scientists of the team sign in."),
    ] = None
    account_id: Annotated[
        str | None, Field(pattern=ACCOUNT, description="Account in which the permission set is assigned to them.")
    ] = None

    @model_validator(mode="after")
    def _is_one_of_two(self) -> "Principal":
        given = (self.role_arn is not None, self.permission_set is not None, self.account_id is not None)
        if given not in ((True, False, False), (False, True, True)):
            raise ValueError("give roleArn alone, or permissionSet with accountId")
        return self

    @property
    def account(self) -> str:
        """The account from which it comes in."""
        return self.account_id or str(self.role_arn).split(":")[4]

    @property
    def name(self) -> str:
        """Name of the role, without its path, or of the permission set."""
        return self.permission_set or str(self.role_arn).rsplit("/", 1)[1]

    @property
    def address(self) -> str:
        """Account, kind and name; IAM has one role of a name, whatever its path."""
        return f"{self.account} {'permission set' if self.permission_set else 'role'} {self.name}"


def _refuse_same(principals: list[Principal]) -> list[Principal]:
    refuse_doubles("they", (principal.address for principal in principals))
    return principals


Principals = Annotated[list[Principal], Field(min_length=1, max_length=MOST), AfterValidator(_refuse_same)]
"""Of one team, each once."""
