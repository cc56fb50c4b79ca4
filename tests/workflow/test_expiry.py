"""A team with a last day: warned, suspended by the sweep, resumed, and in the end offboarded or announced."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onboarding import names
from sandbox.cloud import Cloud, Execution, Options, running
from sandbox.scenery import accounts, shares
from sandbox.scenery.administrator import console_quota
from tests.workflow.teams import outcome, small
from tests.workflow.test_drift import record, reported, sweep


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(Options(parameters={"GraceDays": "5"})) as started:
        yield started


def day(days: int) -> str:
    """The day so many days from now, in UTC."""
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def active(cloud: Cloud, team: str) -> dict[str, Any]:
    """The team's request, as recorded."""
    found: dict[str, Any] = json.loads(cloud.registry()[f"team/{team}"]["active"]["S"])
    return found


def time_passes(cloud: Cloud, team: str, expires: int, **suspension: str) -> None:
    """The team's last day is now so many days from now."""
    request = {**active(cloud, team), "expires": day(expires)}
    if suspension:
        request["suspension"] = {**request["suspension"], **suspension}
    record(cloud, team, active=json.dumps(request))


def asks(cloud: Cloud, kind: str, team: str, account: str = accounts.CLUSTER_ACCOUNT, **said: Any) -> Execution:
    """An event of ours about a team, to its end."""
    event = {"source": "hyperpod.teams", "detail-type": kind, "account": account, "detail": {"team": team, **said}}
    answer = cloud.client("stepfunctions").start_execution(
        stateMachineArn=cloud.stack.outputs["OnboardTeamArn"], input=json.dumps(event)
    )
    return cloud.wait(answer["executionArn"])


def swept(cloud: Cloud) -> Execution:
    """A sweep, and what it has started."""
    execution = sweep(cloud)
    cloud.settle()
    return execution


def told(cloud: Cloud, team: str) -> list[str]:
    """What was said of the end of a team, in order."""
    return [
        f"{entry['DetailType']} {json.loads(entry['Detail']).get('days', '')}".strip()
        for call in cloud.calls.entries(service="events", operation="PutEvents")
        for entry in call.call.parameters["Entries"]
        if entry["DetailType"] in ("Team Expires Soon", "Team Needs Attention")
        and json.loads(entry["Detail"])["team"] == team
    ]


def access(cloud: Cloud, team: str) -> str:
    """The access policy of a team's scientists."""
    role = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{names.cluster_access_role('hyperpod', team)}"
    eks = cloud.client("eks")
    found = eks.list_associated_access_policies(clusterName=accounts.EKS_CLUSTER, principalArn=role)
    (policy,) = found["associatedAccessPolicies"]
    return str(policy["policyArn"].rsplit("/", 1)[1])


def state(cloud: Cloud, team: str) -> tuple[str, str, str | None]:
    """The quota, the access policy and the most pods of a team."""
    sagemaker = cloud.client("sagemaker")
    (quota,) = sagemaker.list_compute_quotas(NameContains=names.compute_quota(team))["ComputeQuotaSummaries"]
    described = sagemaker.describe_compute_quota(ComputeQuotaId=quota["ComputeQuotaId"])
    fence = cloud.snapshot()["kubernetes"].get(f"ResourceQuota/{names.namespace(team)}/{names.FENCE}")
    return described["ActivationState"], access(cloud, team), fence and fence["spec"]["hard"].get("pods")


WORKS = ("Enabled", "AmazonEKSEditPolicy", "3k")
SUSPENDED = ("Disabled", "AmazonEKSViewPolicy", "0")


def test_a_team_is_suspended_by_the_sweep_kept_so_and_resumed_by_an_extension(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("ending", expires=day(30)))) == "onboarded"
    assert state(cloud, "ending") == WORKS
    time_passes(cloud, "ending", -1)
    swept(cloud)
    assert state(cloud, "ending") == SUSPENDED
    assert active(cloud, "ending")["suspension"] == {
        "by": accounts.CLUSTER_ACCOUNT,
        "since": day(0),
        "expired": True,
    }
    # As it is recorded, it has not drifted.
    assert "ending" not in reported(cloud, swept(cloud))
    # Neither its own account's event nor an operator's resumes it.
    own = accounts.SCIENTISTS_ACCOUNT
    assert outcome(asks(cloud, "Team Updated", account=own, **small("ending"))) == "onboarded"
    assert outcome(cloud.onboard(small("ending"))) == "onboarded"
    assert asks(cloud, "Team Updated", account=own, **small("ending", expires=day(9))).error == "NotAuthorized"
    assert asks(cloud, "Team Resumed", "ending").error == "InvalidRequest"
    assert state(cloud, "ending") == SUSPENDED
    assert outcome(asks(cloud, "Team Extended", "ending", expires=day(60))) == "onboarded"
    assert state(cloud, "ending") == WORKS
    assert (active(cloud, "ending")["expires"], "suspension" in active(cloud, "ending")) == (day(60), False)


def test_whoever_is_no_administrator_neither_suspends_nor_resumes(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("held-up"))) == "onboarded"
    own = accounts.SCIENTISTS_ACCOUNT
    assert asks(cloud, "Team Suspended", "held-up", own).error == "NotAuthorized"
    assert outcome(asks(cloud, "Team Suspended", "held-up", reason="A break.")) == "onboarded"
    assert state(cloud, "held-up") == SUSPENDED
    assert asks(cloud, "Team Resumed", "held-up", own).error == "NotAuthorized"
    # A date in the future lifts no suspension that somebody asked for.
    assert outcome(asks(cloud, "Team Extended", "held-up", expires=day(60))) == "onboarded"
    assert state(cloud, "held-up") == SUSPENDED
    assert outcome(asks(cloud, "Team Resumed", "held-up")) == "onboarded"
    assert state(cloud, "held-up") == WORKS


def test_each_warning_is_told_once_and_a_late_sweep_tells_the_latest_alone(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("warned", expires=day(30)))) == "onboarded"
    swept(cloud)
    assert told(cloud, "warned") == []
    for left in (14, 13, 3, 3, 0):
        time_passes(cloud, "warned", left)
        # In truth the date stands and the day moves; so does the mark here.
        mark = cloud.registry()["team/warned"].get("warned", {}).get("S", "")
        if mark:
            record(cloud, "warned", warned=f"{day(left)} {mark.split()[1]}")
        swept(cloud)
    assert told(cloud, "warned") == ["Team Expires Soon 14", "Team Expires Soon 3", "Team Expires Soon 0"]


def test_what_comes_after_the_grace_time_is_announced_once(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("lapsed", expires=day(30)))) == "onboarded"
    time_passes(cloud, "lapsed", -40)
    swept(cloud)
    swept(cloud)
    # Suspended late, so that its grace time began late.
    assert told(cloud, "lapsed") == []
    time_passes(cloud, "lapsed", -40, since=day(-6))
    swept(cloud)
    swept(cloud)
    assert told(cloud, "lapsed") == ["Team Needs Attention"]
    assert state(cloud, "lapsed") == SUSPENDED


def test_what_somebody_gives_back_to_a_suspended_team_is_drift(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("loosened"))) == "onboarded"
    assert outcome(asks(cloud, "Team Suspended", "loosened")) == "onboarded"
    sagemaker = cloud.client("sagemaker")
    (quota,) = sagemaker.list_compute_quotas(NameContains=names.compute_quota("loosened"))["ComputeQuotaSummaries"]
    sagemaker.update_compute_quota(
        ComputeQuotaId=quota["ComputeQuotaId"], TargetVersion=quota["ComputeQuotaVersion"], ActivationState="Enabled"
    )
    cloud.clock.sleep(120)
    (found,) = reported(cloud, swept(cloud))["loosened"]["drift"]
    assert ("compute quota" in found["resource"], found["drift"]) == (True, "changed")


def test_a_team_that_cannot_be_planned_as_a_whole_is_suspended_all_the_same(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("unshared"))) == "onboarded"
    ssm = cloud.client("ssm", accounts.DATA_ACCOUNT)
    before = json.dumps(shares.shared(ssm))
    shares.put(ssm, "[]")
    try:
        assert asks(cloud, "Team Suspended", "unshared").status == "FAILED"
    finally:
        shares.put(ssm, before)
    assert state(cloud, "unshared") == SUSPENDED
    assert active(cloud, "unshared")["suspension"]["since"] == day(0)
    assert active(cloud, "unshared")["access"]["policy"] == "edit"
    assert outcome(asks(cloud, "Team Resumed", "unshared")) == "onboarded"
    assert state(cloud, "unshared") == WORKS


def test_of_a_quota_that_an_administrator_made_only_access_is_taken_away(cloud: Cloud) -> None:
    console_quota(cloud, "adopting")
    assert outcome(cloud.onboard(small("adopting"))) == "onboarded"
    assert outcome(asks(cloud, "Team Suspended", "adopting")) == "onboarded"
    assert access(cloud, "adopting") == "AmazonEKSViewPolicy"
    quotas = cloud.client("sagemaker").list_compute_quotas()["ComputeQuotaSummaries"]
    (quota,) = [each for each in quotas if each["ComputeQuotaTarget"]["TeamName"] == "adopting"]
    assert quota["ActivationState"] == "Enabled"
