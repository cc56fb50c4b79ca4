"""Every door leads through the bus and its rule to the right end."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from onboarding.organization import PROFILE_TAG, TEAM_TAG
from sandbox.cloud import Cloud, Execution
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from sandbox.scenery.administrator import console_quota
from tests.events import Event, sample
from tests.workflow.teams import announced, changing, outcome, small
from tests.workflow.test_order import sent, while_at_work

COMES = ("account-created", "account-moved-in", "account-enrolled")
GOES = ("account-closed", "account-removed")


def begun(cloud: Cloud, event: Event) -> str:
    """Lets an event of AWS happen; the execution that it starts."""
    before = set(cloud.executions())
    cloud.happen(event)
    while not (new := [arn for arn in cloud.executions() if arn not in before]):
        cloud.clock.sleep(1)
    # The oldest: it may have let others happen.
    return new[-1]


def happened(cloud: Cloud, event: Event) -> Execution:
    """What came of an event of AWS."""
    return cloud.wait(begun(cloud, event))


def tag(cloud: Cloud, **tags: str) -> None:
    organizations = cloud.client("organizations", accounts.MANAGEMENT_ACCOUNT)
    account = {"ResourceId": accounts.SCIENTISTS_ACCOUNT}
    organizations.untag_resource(**account, TagKeys=[TEAM_TAG, PROFILE_TAG])
    names = {"team": TEAM_TAG, "profile": PROFILE_TAG}
    organizations.tag_resource(**account, Tags=[{"Key": names[key], "Value": value} for key, value in tags.items()])


def put(cloud: Cloud, unit: str) -> None:
    """Moves B's account into a unit."""
    organizations = cloud.client("organizations", accounts.MANAGEMENT_ACCOUNT)
    (parent,) = organizations.list_parents(ChildId=accounts.SCIENTISTS_ACCOUNT)["Parents"]
    organizations.move_account(
        AccountId=accounts.SCIENTISTS_ACCOUNT, SourceParentId=parent["Id"], DestinationParentId=unit
    )


def quota_made(cloud: Cloud, team: str, **parameters: Any) -> Event:
    """Somebody makes a quota in the console: it is there, and CloudTrail says so."""
    config = {
        "ComputeQuotaResources": [{"InstanceType": "ml.p5.48xlarge", "Count": 2}],
        "ResourceSharingConfig": {"Strategy": "Lend"},
    }
    target = {"TeamName": team, "FairShareWeight": 7}
    made = console_quota(cloud, team, Name=f"{team}-by-hand", ComputeQuotaConfig=config, ComputeQuotaTarget=target)
    event = sample("quota-created")
    event["detail"]["requestParameters"] |= {
        "name": f"{team}-by-hand",
        "clusterArn": cloud.client("sagemaker").describe_compute_quota(ComputeQuotaId=made)["ClusterArn"],
        "computeQuotaConfig": {
            "computeQuotaResources": [{"instanceType": "ml.p5.48xlarge", "count": 2}],
            "resourceSharingConfig": {"strategy": "Lend"},
        },
        "computeQuotaTarget": {"teamName": team, "fairShareWeight": 7},
        **parameters,
    }
    event["detail"]["responseElements"] = {"computeQuotaId": made}
    return event


def forget_teams(cloud: Cloud) -> None:
    """Takes all teams out of the registry, so that the account is free for the next test."""
    for key in [key for key in cloud.registry() if key.startswith("team/")]:
        cloud.client("dynamodb").delete_item(TableName=cloud.stack.outputs["RegistryTable"], Key={"id": {"S": key}})


@pytest.fixture(autouse=True)
def _as_it_was(cloud: Cloud) -> Iterator[None]:
    yield
    put(cloud, accounts.WATCHED_OU)
    tag(cloud)
    forget_teams(cloud)


@pytest.mark.parametrize("event", COMES)
def test_a_tagged_account_in_a_watched_unit_is_onboarded_by_the_default_profile(cloud: Cloud, event: str) -> None:
    team = f"by-{event}"
    tag(cloud, team=team)
    assert outcome(happened(cloud, sample(event))) == "onboarded"
    request = json.loads(cloud.registry()[f"team/{team}"]["active"]["S"])
    assert request["dataScientistRoleArn"] == f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:role/DataScientistRole"
    assert {dataset["prefix"] for dataset in request["datasets"]} == {"curated/", f"{team}/"}


def test_a_quota_made_by_hand_may_share_in_ways_that_no_event_may(cloud: Cloud) -> None:
    for limit, strategy in ((9_000, "LendAndBorrow"), (50, "Lend")):
        shared = {"strategy": strategy, "borrowLimit": limit}
        resources = [{"instanceType": "ml.p5.48xlarge", "count": 2}]
        config = {"computeQuotaResources": resources, "resourceSharingConfig": shared}
        team = f"lender-{limit}"
        tag(cloud, team=team)
        assert outcome(happened(cloud, quota_made(cloud, team, computeQuotaConfig=config))) == "onboarded"
        sharing = json.loads(cloud.registry()[f"team/{team}"]["active"]["S"])["quota"]["sharing"]
        assert (sharing["strategy"], sharing.get("borrowLimit")) == (strategy, None)


def test_a_quota_made_by_hand_may_only_borrow(cloud: Cloud) -> None:
    tag(cloud, team="borrower")
    config = {"resourceSharingConfig": {"strategy": "LendAndBorrow", "borrowLimit": 70}}
    assert outcome(happened(cloud, quota_made(cloud, "borrower", computeQuotaConfig=config))) == "onboarded"
    quota = json.loads(cloud.registry()["team/borrower"]["active"]["S"])["quota"]
    assert (quota["resources"], quota["sharing"]["borrowLimit"]) == ([], 70)


def test_an_account_names_its_profile_and_a_wrong_one_is_refused_with_its_mistakes(cloud: Cloud) -> None:
    name = f"/{accounts.STACK}/profiles/wrong"
    cloud.client("ssm").put_parameter(Name=name, Value='{"colour": "blue"}', Type="String")
    tag(cloud, team="profiled", profile="wrong")
    execution = happened(cloud, sample("account-created"))
    assert execution.error == "InvalidRequest"
    assert f"Account {accounts.SCIENTISTS_ACCOUNT} with profile {name}: " in str(execution.cause)
    assert "detail.colour is not a field" in str(execution.cause)


def test_a_profile_that_is_missing_is_named(cloud: Cloud) -> None:
    tag(cloud, team="profiled", profile="nowhere")
    execution = happened(cloud, sample("account-created"))
    assert f"There is no profile /{accounts.STACK}/profiles/nowhere" in str(execution.cause)


def test_an_account_without_tags_is_ignored_and_nothing_is_touched(cloud: Cloud) -> None:
    calls = len(cloud.calls.entries())
    execution = happened(cloud, sample("account-created"))
    assert outcome(execution) == "ignored"
    assert "no tag that names a team" in execution.output["note"]
    assert changing(cloud.calls.entries()[calls:]) == []


def test_an_account_outside_of_the_watched_units_is_ignored(cloud: Cloud) -> None:
    tag(cloud, team="outside")
    put(cloud, accounts.OTHER_OU)
    execution = happened(cloud, sample("account-created"))
    assert (outcome(execution), execution.output["team"]) == ("ignored", None)
    assert "in no watched organizational unit" in execution.output["note"]


def test_an_account_of_a_team_that_is_onboarded_changes_nothing_of_what_it_asked_for(cloud: Cloud) -> None:
    asked = small("both-doors")
    assert outcome(cloud.onboard(asked)) == "onboarded"
    before = cloud.registry()["team/both-doors"]
    tag(cloud, team="both-doors")
    assert outcome(happened(cloud, sample("account-moved-in"))) == "ignored"
    assert cloud.registry()["team/both-doors"] == before


def test_our_own_event_after_the_accounts_is_an_update(cloud: Cloud) -> None:
    tag(cloud, team="account-first")
    assert outcome(happened(cloud, sample("account-moved-in"))) == "onboarded"
    assert outcome(cloud.onboard(small("account-first", serviceAccount="trainer"))) == "onboarded"
    assert json.loads(cloud.registry()["team/account-first"]["active"]["S"])["serviceAccount"] == "trainer"


def test_an_accounts_event_that_comes_while_our_own_is_at_work_changes_nothing_of_what_that_asks_for(
    cloud: Cloud,
) -> None:
    tag(cloud, team="at-once")
    ours = small("at-once", serviceAccount="trainer")
    first, second = while_at_work(
        cloud, lambda: sent(cloud, ours, "Team Created"), lambda: begun(cloud, sample("account-created"))
    )
    assert (outcome(first), outcome(second)) == ("onboarded", "ignored")
    assert json.loads(cloud.registry()["team/at-once"]["active"]["S"])["serviceAccount"] == "trainer"


def test_our_own_event_that_comes_while_the_accounts_is_at_work_is_an_update(cloud: Cloud) -> None:
    tag(cloud, team="at-once-too")
    ours = small("at-once-too", serviceAccount="trainer")
    first, second = while_at_work(
        cloud, lambda: begun(cloud, sample("account-created")), lambda: sent(cloud, ours, "Team Created")
    )
    assert (outcome(first), outcome(second)) == ("onboarded", "onboarded")
    assert json.loads(cloud.registry()["team/at-once-too"]["active"]["S"])["serviceAccount"] == "trainer"


def test_an_account_that_came_and_went_is_not_onboarded_whichever_event_is_first(cloud: Cloud) -> None:
    tag(cloud, team="passed")
    put(cloud, accounts.OTHER_OU)
    for event in ("account-moved-out", "account-moved-in"):
        assert outcome(happened(cloud, sample(event))) == "ignored"
    assert "team/passed" not in cloud.registry()


def test_an_account_that_went_and_came_back_is_onboarded_whichever_event_is_first(cloud: Cloud) -> None:
    tag(cloud, team="returned")
    assert outcome(happened(cloud, sample("account-moved-in"))) == "onboarded"
    assert outcome(happened(cloud, sample("account-moved-out"))) == "ignored"
    assert cloud.registry()["team/returned"]["status"] == {"S": "active"}


@pytest.mark.parametrize("event", [*GOES, "account-moved-out"])
def test_an_account_that_leaves_is_announced_with_its_teams_and_they_stay(cloud: Cloud, event: str) -> None:
    assert outcome(cloud.onboard(small("leaver"))) == "onboarded"
    put(cloud, accounts.OTHER_OU)
    execution = happened(cloud, sample(event))
    assert (outcome(execution), execution.output["team"]) == ("announced", "leaver")
    ((kind, said),) = announced(cloud, execution)
    assert (kind, said["team"]) == ("Team Needs Attention", "leaver")
    assert accounts.SCIENTISTS_ACCOUNT in said["reason"]
    assert cloud.registry()["team/leaver"]["status"] == {"S": "active"}


def test_an_account_that_leaves_without_a_team_is_ignored(cloud: Cloud) -> None:
    execution = happened(cloud, sample("account-closed"))
    assert (outcome(execution), execution.output["team"]) == ("ignored", None)
    assert "no onboarded team works in it" in execution.output["note"]


def test_the_team_of_a_quota_made_by_hand_is_onboarded_around_it(cloud: Cloud) -> None:
    tag(cloud, team="handmade")
    assert outcome(happened(cloud, quota_made(cloud, "handmade"))) == "onboarded"
    quotas = cloud.client("sagemaker").list_compute_quotas(NameContains="handmade")["ComputeQuotaSummaries"]
    assert [quota["Name"] for quota in quotas] == ["handmade-by-hand"]
    request = json.loads(cloud.registry()["team/handmade"]["active"]["S"])
    assert (request["quota"]["fairShareWeight"], request["quota"]["sharing"]["strategy"]) == (7, "Lend")


def test_a_quota_made_by_hand_is_not_given_away_by_the_organizations_tag(cloud: Cloud) -> None:
    """Whoever tags accounts may name any team; what the quota's maker says is on the quota."""
    tag(cloud, team="coveted")
    event = quota_made(cloud, "coveted")
    described = cloud.client("sagemaker").describe_compute_quota(
        ComputeQuotaId=event["detail"]["responseElements"]["computeQuotaId"]
    )
    quota = {"ResourceArn": described["ComputeQuotaArn"]}
    cloud.client("sagemaker").delete_tags(**quota, TagKeys=["hyperpod-account"])
    execution = happened(cloud, event)
    assert execution.error == "ProblemsFound"
    given = {"Key": "hyperpod-account", "Value": accounts.SCIENTISTS_ACCOUNT}
    assert f"--tags Key={given['Key']},Value={given['Value']}. Then replay" in str(execution.cause)
    cloud.client("sagemaker").add_tags(**quota, Tags=[given])
    assert outcome(happened(cloud, event)) == "onboarded"


def test_a_quota_may_name_the_account_itself(cloud: Cloud) -> None:
    tags = [{"key": "hyperpod-account", "value": accounts.SCIENTISTS_ACCOUNT}]
    assert outcome(happened(cloud, quota_made(cloud, "self-tagged", tags=tags))) == "onboarded"


def test_a_quota_whose_tag_is_no_account_number_is_refused_and_the_tag_named(cloud: Cloud) -> None:
    tags = [{"key": "hyperpod-account", "value": "4.4E+11"}]
    execution = happened(cloud, quota_made(cloud, "eaten", tags=tags))
    assert execution.error == "InvalidRequest"
    assert 'The tag hyperpod-account of the quota of team eaten is "4.4E+11": a spreadsheet' in str(execution.cause)


def test_a_quota_of_a_team_that_no_account_names_is_announced(cloud: Cloud) -> None:
    execution = happened(cloud, quota_made(cloud, "nameless"))
    assert (outcome(execution), execution.output["team"]) == ("announced", "nameless")


def test_a_quota_deleted_by_hand_under_an_onboarded_team_is_announced(cloud: Cloud) -> None:
    tag(cloud, team="robbed")
    made = quota_made(cloud, "robbed")
    assert outcome(happened(cloud, made)) == "onboarded"
    quota = {"computeQuotaId": made["detail"]["responseElements"]["computeQuotaId"]}
    execution = happened(cloud, sample("quota-deleted", requestParameters=quota))
    assert (outcome(execution), execution.output["team"]) == ("announced", "robbed")
    assert "ClusterAdmin/maria" in execution.output["note"]


def test_nobody_hears_of_a_quota_made_by_hand_without_a_trail_that_logs(cloud: Cloud) -> None:
    tag(cloud, team="unheard")
    event, cloudtrail = quota_made(cloud, "unheard"), cloud.client("cloudtrail")
    (trail,) = cloudtrail.describe_trails()["trailList"]
    before = set(cloud.executions())
    cloudtrail.stop_logging(Name=trail["Name"])
    cloud.happen(event)
    cloud.clock.sleep(60)
    cloudtrail.start_logging(Name=trail["Name"])
    assert set(cloud.executions()) == before
    assert outcome(happened(cloud, event)) == "onboarded"


def test_a_replay_of_the_stacks_own_call_starts_nothing(cloud: Cloud) -> None:
    event = sample("quota-created")
    own = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{accounts.STACK}-quota-namespace"
    event["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = own
    answer = cloud.client("stepfunctions").start_execution(
        stateMachineArn=cloud.stack.outputs["OnboardTeamArn"], input=json.dumps(event)
    )
    execution = cloud.wait(answer["executionArn"])
    assert (outcome(execution), execution.output["note"]) == ("ignored", "the call is the stack's own")


def test_the_organization_is_read_again_after_it_was_throttled(cloud: Cloud) -> None:
    tag(cloud, team="patient")
    cloud.faults.add(Fault(Match("organizations", "DescribeAccount"), Kind.THROTTLE, times=4))
    assert outcome(happened(cloud, sample("account-created"))) == "onboarded"
