"""What the template tells a function, read once from its environment."""

import os
from dataclasses import dataclass
from functools import cache

from onboarding.fence import NO_FENCE, Fence, stack_fence


@dataclass(frozen=True)
class Settings:
    """The stack's own facts; every function gets the same set."""

    stack: str
    prefix: str
    partition: str
    region: str
    account: str
    hyperpod_cluster_arn: str
    eks_cluster: str
    member_role: str
    """Name of the role in a data scientist's or data owner's account that a step assumes; empty where it has none."""
    external_id: str
    registry_table: str
    permissions_boundary: str
    """ARN of the permissions boundary of every role that is made for a team."""
    administrators: frozenset[str] = frozenset()
    """Other accounts that may ask for anything, as the cluster's own may."""
    team_groups: frozenset[str] = frozenset()
    """Kubernetes groups that an event may ask for, beside the team's own."""
    most_access_policy: str = "edit"
    """The most that an event may ask for as `access.policy`: view, edit or admin."""
    access_policies: frozenset[str] = frozenset()
    """HyperPod's own access policies that an event may ask for in the team's namespace, by their short names."""
    cluster_access_policies: frozenset[str] = frozenset()
    """The same for the whole cluster."""
    bound_session_names: str = "permission-sets"
    """Whose sessions in the cluster access roles must have the name of their caller's: none, permission-sets or all."""
    management_account: str = ""
    """The organization's management account; empty where the stack listens to none."""
    watched_ous: frozenset[str] = frozenset()
    """Organizational units whose accounts are onboarded, with the units below them."""
    offboard_leavers: bool = False
    """Whether a team leaves with its account, and is not only announced."""
    file_systems: tuple[str, ...] = ()
    """Ids of the file systems that teams may use, the default first; empty where the stack has none."""
    storage_folder: str = "/teams/{team}"
    """The folder of each file system that is a team's own, with {team} for its name."""
    links_per_team: int = 4
    """How many links of one file system a team may have."""
    approve_within_account: bool = False
    """Whether an account may approve what it asked for itself, IAM keeping apart who of it does which."""
    default_days: int = 0
    """How many days a new team lasts of which nobody says when it ends; 0 for no end."""
    most_days: int = 0
    """How many days from now a team's own account may ask for at most; 0 where the stack says nothing of it."""
    grace_days: int = 30
    """How many days a team stays suspended after its end."""
    after_grace: str = "announce"
    """What comes then: announce or offboard."""
    fence: Fence = NO_FENCE
    """How teams' namespaces are fenced in."""

    @property
    def eks_cluster_arn(self) -> str:
        """ARN of the EKS cluster under the HyperPod cluster."""
        return f"arn:{self.partition}:eks:{self.region}:{self.account}:cluster/{self.eks_cluster}"

    def binds_session_names(self, *, permission_set: bool) -> bool:
        """Whether a session of such a principal must have its caller's name."""
        return self.bound_session_names == "all" or (permission_set and self.bound_session_names == "permission-sets")

    def role_arn(self, name: str) -> str:
        """ARN of a role of ours in the cluster's account."""
        return f"arn:{self.partition}:iam::{self.account}:role/{name}"


@cache
def settings() -> Settings:
    """The settings of this function.

    Raises KeyError where the template forgot one.
    """
    env = os.environ
    cluster_arn = env["HYPERPOD_CLUSTER_ARN"]
    _, partition, _, region, account, _ = cluster_arn.split(":", 5)
    return Settings(
        stack=env["STACK_NAME"],
        prefix=env["NAME_PREFIX"],
        partition=partition,
        region=region,
        account=account,
        hyperpod_cluster_arn=cluster_arn,
        eks_cluster=env["EKS_CLUSTER_NAME"],
        member_role=env.get("MEMBER_ROLE_NAME", ""),
        external_id=env.get("EXTERNAL_ID", ""),
        registry_table=env.get("REGISTRY_TABLE", ""),
        permissions_boundary=env["PERMISSIONS_BOUNDARY_ARN"],
        administrators=_listed("ADMINISTRATOR_ACCOUNT_IDS"),
        team_groups=_listed("TEAM_GROUPS"),
        most_access_policy=env.get("MOST_ACCESS_POLICY", "edit"),
        access_policies=_listed("ACCESS_POLICIES"),
        cluster_access_policies=_listed("CLUSTER_ACCESS_POLICIES"),
        bound_session_names=env.get("BOUND_SESSION_NAMES", "permission-sets"),
        management_account=env.get("MANAGEMENT_ACCOUNT_ID", ""),
        watched_ous=_listed("WATCHED_OUS"),
        offboard_leavers=env.get("OFFBOARD_LEAVERS") == "true",
        file_systems=tuple(arn.rsplit("/", 1)[1] for arn in env.get("FILE_SYSTEM_ARNS", "").split(",") if arn),
        storage_folder=env.get("STORAGE_FOLDER", "/teams/{team}"),
        links_per_team=int(env.get("LINKS_PER_TEAM", "4")),
        approve_within_account=env.get("APPROVE_WITHIN_ACCOUNT") == "true",
        default_days=int(env.get("DEFAULT_DAYS", "0")),
        most_days=int(env.get("MOST_DAYS", "0")),
        grace_days=int(env.get("GRACE_DAYS", "30")),
        after_grace=env.get("AFTER_GRACE", "announce"),
        fence=stack_fence(env),
    )


def _listed(variable: str) -> frozenset[str]:
    return frozenset(filter(None, os.environ.get(variable, "").split(",")))
