"""What a team may ask for: the `detail` of a Team Created event, strictly.

Nothing here talks to AWS. Whatever could be wrong with an event by itself is refused here, every mistake in a sentence
of its own and all of them at once; what depends on the accounts is for the plan.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from onboarding import names
from onboarding.account_number import ACCOUNT
from onboarding.dataset_reference import reference_to
from onboarding.ending import LastDay, Suspension
from onboarding.fence_request import FenceRequest
from onboarding.kubernetes_rights import reasons_against
from onboarding.principals import Principal, Principals, RoleArn
from onboarding.quota import Quota
from onboarding.service_accounts import MOST as MOST_ACCOUNTS
from onboarding.service_accounts import ImagePullSecrets, ServiceAccount, ServiceAccountName
from onboarding.service_accounts import mistakes as account_mistakes
from onboarding.storage import MOST, Storage, mistakes
from onboarding.strict import RECORDED, Strict, is_recorded, refuse_doubles

TEAM_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}$"
KEY_ARN = r"^arn:aws:kms:[a-z0-9-]{4,32}:[0-9]{12}:key/[A-Za-z0-9-]{1,64}$"
BUCKET = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
# No wildcard and no policy variable: the prefix becomes part of a policy's Resource.
DATASET_PREFIX = r"^[A-Za-z0-9!_.'()=+@:,-][A-Za-z0-9!_.'()=+@:,/-]{0,255}$"
GROUP = r"^[A-Za-z0-9][A-Za-z0-9:/._@+-]{0,127}$"
RBAC_WORD = r"^[a-z0-9][a-zA-Z0-9./-]{0,252}$"
OBJECT_NAME = r"^[A-Za-z0-9][A-Za-z0-9:._-]{0,252}$"

# Rules go into the plan twice, as they were and as they will be, and Step Functions carries 256 KiB in all.
RULES_LIMIT = 16 * 1024
# Kubernetes checks each when the Role is written; more than this, nobody reads any more.
RIGHTS_LIMIT = 500


class Dataset(Strict):
    """A bucket, or a prefix of one, that the team's pods may reach through an access point of their own."""

    bucket: Annotated[str, Field(pattern=BUCKET, description="Name of the bucket.")]
    account_id: Annotated[str, Field(pattern=ACCOUNT, description="Account that owns the bucket.")]
    prefix: Annotated[
        str | None,
        Field(
            pattern=DATASET_PREFIX, description="Only objects below this prefix; the whole bucket where it is left out."
        ),
    ] = None
    access: Annotated[
        Literal["read", "read-write"], Field(description="What the team's pods may do with the objects.")
    ] = "read"
    kms_key_arn: Annotated[
        str | None, Field(pattern=KEY_ARN, description="Customer managed key that encrypts the bucket.")
    ] = None

    @field_validator("bucket")
    @classmethod
    def _bucket_is_a_bucket(cls, bucket: str) -> str:
        if ".." in bucket or bucket.startswith("xn--") or bucket.endswith(("-s3alias", "--ol-s3", "--x-s3")):
            raise ValueError("that is not the name of a general purpose bucket")
        return bucket

    @field_validator("prefix")
    @classmethod
    def _prefix_is_a_folder(cls, prefix: str | None) -> str | None:
        if prefix is None:
            return None
        # "data" must not open "database/": the slash belongs to the prefix, once.
        folder = prefix.rstrip("/") + "/"
        if "//" in folder:
            raise ValueError("two slashes in a row make an empty folder name; write one")
        return folder

    @model_validator(mode="after")
    def _key_is_the_owners(self) -> "Dataset":
        if self.kms_key_arn is not None and self.kms_key_arn.split(":")[4] != self.account_id:
            raise ValueError("kmsKeyArn must be a key of the bucket's account")
        return self


class RbacRule(Strict):
    """A Kubernetes RBAC rule for the team's group in its namespace, beside the rules every team gets."""

    api_groups: Annotated[
        list[Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9.-]{0,252})?$")]], Field(min_length=1, max_length=20)
    ]
    resources: Annotated[list[Annotated[str, Field(pattern=RBAC_WORD)]], Field(min_length=1, max_length=20)]
    verbs: Annotated[list[Annotated[str, Field(pattern=r"^[a-z]{1,32}$")]], Field(min_length=1, max_length=20)]
    resource_names: Annotated[list[Annotated[str, Field(pattern=OBJECT_NAME)]] | None, Field(max_length=20)] = None

    @model_validator(mode="after")
    def _is_for_teams(self, known: ValidationInfo) -> "RbacRule":
        wrong = list(reasons_against(self.api_groups, self.resources, self.verbs))
        if wrong and not is_recorded(known):
            raise ValueError("; ".join(wrong))
        return self


def _why_not(group: str) -> str | None:
    if group.startswith("system:"):
        return f"{group!r} begins with 'system:', which Kubernetes keeps for itself"
    if group.startswith(names.NAMESPACE_PREFIX):
        return f"{group!r} is the name of a team's group, and a team joins no other team"
    return f"{group!r} is the onboarding stack's own group" if group in names.STACK_GROUPS else None


class AccessPolicy(Strict):
    """One of the EKS access policies that AWS made for HyperPod, and where it holds.

    The scopes are those that AWS gives them (SageMaker developer guide, "Setting up an Amazon EKS cluster in Studio").
    """

    name: Annotated[
        Literal["Training", "Inference", "Space", "UserCluster"],
        Field(description="The access policy AmazonSagemakerHyperpod...Policy."),
    ]
    scope: Annotated[
        Literal["namespace", "cluster"], Field(description="The team's namespace; the whole cluster for UserCluster.")
    ] = "namespace"

    @model_validator(mode="after")
    def _holds_where_aws_means_it_to(self) -> "AccessPolicy":
        if self.name == "UserCluster" and self.scope != "cluster":
            raise ValueError("UserCluster is about things of the whole cluster; give it the scope cluster")
        if self.name != "UserCluster" and self.scope == "cluster":
            raise ValueError(f"{self.name} in the whole cluster lets the team into others' namespaces; leave out scope")
        return self


class Access(Strict):
    """What the team's scientists may do in the team's namespace."""

    policy: Annotated[Literal["view", "edit", "admin"], Field(description="EKS access policy in the namespace.")] = (
        "edit"
    )
    groups: Annotated[
        list[Annotated[str, Field(pattern=GROUP)]],
        Field(max_length=10, description="More Kubernetes groups for the scientists, beside the team's own."),
    ] = []
    rules: Annotated[list[RbacRule], Field(max_length=20)] = []
    policies: Annotated[
        list[AccessPolicy], Field(max_length=4, description="HyperPod's own access policies, beside `policy`.")
    ] = []

    @field_validator("policies")
    @classmethod
    def _policies_are_named_once(cls, policies: list[AccessPolicy]) -> list[AccessPolicy]:
        refuse_doubles("policies", [policy.name for policy in policies])
        return sorted(policies, key=lambda policy: policy.name)

    @field_validator("groups")
    @classmethod
    def _groups_are_free(cls, groups: list[str]) -> list[str]:
        wrong = [reason for group in groups if (reason := _why_not(group))]
        if wrong:
            raise ValueError("; ".join(wrong))
        refuse_doubles("groups", groups)
        return sorted(groups)

    @field_validator("rules")
    @classmethod
    def _rules_fit_into_a_plan(cls, rules: list[RbacRule]) -> list[RbacRule]:
        size = sum(len(rule.model_dump_json(by_alias=True, exclude_none=True)) for rule in rules)
        if size > RULES_LIMIT:
            raise ValueError(f"together they have {size:,} characters, and {RULES_LIMIT:,} fit into a plan; give fewer")
        rights = sum(len(rule.api_groups) * len(rule.resources) * len(rule.verbs) for rule in rules)
        if rights > RIGHTS_LIMIT:
            raise ValueError(
                f"together they name {rights:,} verbs on resources, and {RIGHTS_LIMIT:,} can be checked; give fewer"
            )
        return rules


TeamName = Annotated[
    str,
    Field(
        pattern=TEAM_PATTERN,
        max_length=names.TEAM_LIMIT,
        description=f"Name of the team; at most {names.TEAM_LIMIT} characters: other names derive from it.",
    ),
]


class TeamEnding(Strict):
    """What is asked for of a team's end: the `detail` of Team Extended, Team Suspended, Team Resumed, Team Expired."""

    team: TeamName
    expires: LastDay = None
    reason: Annotated[str | None, Field(max_length=1024)] = None
    dry_run: Annotated[bool, Field(description="Plan only; change nothing.")] = False


class TeamDeparture(Strict):
    """A team that leaves: the `detail` of a Team Deleted event. What it has is in the registry."""

    team: TeamName
    dry_run: Annotated[bool, Field(description="Plan only; change nothing.")] = False


@dataclass(frozen=True)
class PodAccount:
    """A service account of the team's pods, with what they may reach under it."""

    name: str
    own: str | None
    """Its name, where it has a data access role for itself; None where it has the team's plain one."""
    datasets: tuple[Dataset, ...]
    """With the access that it has, which may be less than the team's."""
    image_pull_secrets: list[str] | None
    """Names of Secrets; None where they are left as they are."""


class TeamRequest(Strict):
    """One team as it should be."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["dataScientistRoleArn"]}, {"required": ["scientists"]}]}
    )

    team: TeamName
    data_scientist_role_arn: Annotated[
        RoleArn, Field(description="The role that the team's scientists use today, where it is one alone.")
    ] = None
    scientists: Annotated[
        Principals | None, Field(description="Roles and permission sets that they use; the first one's account owns.")
    ] = None
    datasets: Annotated[list[Dataset], Field(max_length=20)] = []
    storage: Annotated[
        list[Storage], Field(max_length=MOST, description="Datasets that pods see as files on FSx for Lustre.")
    ] = []
    quota: Quota
    service_account: Annotated[
        ServiceAccountName, Field(description="Service account of the team's pods, in the team's namespace.")
    ] = names.SERVICE_ACCOUNT
    image_pull_secrets: ImagePullSecrets = None
    service_accounts: Annotated[
        list[ServiceAccount] | None,
        Field(max_length=MOST_ACCOUNTS, description="Several, each with its own datasets, in place of that one."),
    ] = None
    access: Access = Access()
    fence: Annotated[
        FenceRequest | None,
        Field(description="How the team's namespace is fenced in; for administrators alone to say."),
    ] = None
    probe: Annotated[
        bool, Field(description="Whether a pod proves the team's access to its datasets, where the stack has probes.")
    ] = True
    expires: LastDay = None
    suspension: SkipJsonSchema[Suspension | None] = None
    """Recorded, and asked for by no event of a team as it should be: it has events of its own."""
    dry_run: Annotated[bool, Field(description="Plan only; change nothing.")] = False

    @property
    def in_force(self) -> "TeamRequest":
        """What the team is to have now: of one that is suspended all that is kept, a look at it, and no new pods.

        A disabled quota is not documented to keep pods out; a ResourceQuota of no pods is (Kubernetes documentation,
        "Resource Quotas"), and leaves those that run alone.
        """
        if self.suspension is None:
            return self
        fence = (self.fence or FenceRequest()).model_copy(update={"pods": 0})
        return self.model_copy(update={"access": Access(policy="view"), "fence": fence, "probe": False})

    @property
    def principals(self) -> tuple[Principal, ...]:
        """Who the scientists are, in either form, in the event's order."""
        if self.scientists is not None:
            return tuple(self.scientists)
        return (Principal.model_validate({"roleArn": self.data_scientist_role_arn}),)

    @property
    def pod_accounts(self) -> tuple[PodAccount, ...]:
        """The service accounts of the team's pods, in either form, in the event's order."""
        if self.service_accounts is None:
            return (PodAccount(self.service_account, None, tuple(self.datasets), self.image_pull_secrets),)
        return tuple(self._pod_account(account) for account in self.service_accounts)

    def _pod_account(self, account: ServiceAccount) -> PodAccount:
        uses = {use.dataset: use.access for use in account.datasets}
        datasets = [
            dataset.model_copy(update={"access": uses[reference_to(dataset)]})
            for dataset in self.datasets
            if reference_to(dataset) in uses
        ]
        own = None if account.name == names.SERVICE_ACCOUNT else account.name
        return PodAccount(account.name, own, tuple(datasets), account.image_pull_secrets)

    @property
    def scientists_account(self) -> str:
        """The account whose the team is: that of the first principal."""
        return self.principals[0].account

    @property
    def scientists_accounts(self) -> list[str]:
        """The accounts of all principals, in order."""
        return sorted({principal.account for principal in self.principals})

    @field_validator("team")
    @classmethod
    def _team_is_free(cls, team: str, known: ValidationInfo) -> str:
        if (team == names.RESERVED_TEAM or team.startswith(f"{names.RESERVED_TEAM}-")) and not is_recorded(known):
            raise ValueError(f"task governance has queues of its own named {names.RESERVED_TEAM}; choose another name")
        return team

    @model_validator(mode="after")
    def _has_scientists(self) -> "TeamRequest":
        if (self.data_scientist_role_arn is None) == (self.scientists is None):
            raise ValueError("say who the team's scientists are by dataScientistRoleArn or by scientists, one of them")
        return self

    @field_validator("service_accounts")
    @classmethod
    def _service_accounts_share_the_datasets(
        cls, accounts: list[ServiceAccount] | None, known: ValidationInfo
    ) -> list[ServiceAccount] | None:
        if accounts is None or is_recorded(known):
            return accounts
        if not accounts:
            raise ValueError("give one at least, or leave the list out")
        refuse_doubles("they", (account.name for account in accounts))
        for account in accounts:
            refuse_doubles(f"the datasets of {account.name}", (use.dataset for use in account.datasets))
        wrong = list(account_mistakes(accounts, known.data.get("datasets"), known.data.get("storage")))
        # A recorded request has the default of the other form written out.
        if known.data.get("service_account", names.SERVICE_ACCOUNT) != names.SERVICE_ACCOUNT:
            wrong.append("say which they are by serviceAccount or by serviceAccounts, one of them")
        if known.data.get("image_pull_secrets") is not None:
            wrong.append("give each its own imagePullSecrets, and none beside the list")
        if wrong:
            raise ValueError("; ".join(wrong))
        return accounts

    @field_validator("datasets")
    @classmethod
    def _datasets_differ(cls, datasets: list[Dataset]) -> list[Dataset]:
        refuse_doubles("datasets", (f"{d.bucket}/{d.prefix or ''}" for d in datasets))
        owners = {(d.bucket, d.account_id) for d in datasets}
        refuse_doubles("datasets, with different owners,", (bucket for bucket, _ in owners))
        return datasets

    @field_validator("storage")
    @classmethod
    def _storage_shows_datasets(cls, storages: list[Storage], known: ValidationInfo) -> list[Storage]:
        wrong = list(mistakes(storages, known.data.get("datasets")))
        if wrong:
            raise ValueError("; ".join(wrong))
        return storages


def recorded(detail: dict[str, Any]) -> TeamRequest:
    """A team as the registry has it. Rules that came after it bind new events, and keep no team from leaving."""
    return TeamRequest.model_validate(detail, strict=False, context=RECORDED)
