"""What people do by hand to the ways by which a team's scientists come in."""

import json

from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from tests.events import sample
from tests.workflow.teams import Detail, small


def of_several(team: str) -> Detail:
    """A team of two roles and a permission set."""
    event = small(team, datasets=[], scientists=sample("team-of-several")["detail"]["scientists"])
    del event["dataScientistRoleArn"]
    return event


def without_second_way_in(cloud: Cloud, team: str) -> None:
    iam = cloud.client("iam", accounts.SCIENTISTS_ACCOUNT)
    iam.delete_role_policy(RoleName="ResearchScientistRole", PolicyName=f"hyperpod-cluster-access-{team}")


def with_names_of_ones_own(cloud: Cloud, team: str) -> None:
    iam, role = cloud.client("iam"), f"hyperpod-cluster-access-{team}"
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    (bound,) = [each for each in trust["Statement"] if "StringLike" in each.get("Condition", {})]
    del bound["Condition"]["StringLike"]
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
