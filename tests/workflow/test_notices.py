"""People are told, in sentences and with attributes to filter by, what the stack says of teams and of itself."""

import json
from typing import Any

import pytest

from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.workflow.teams import outcome, small

PARAMETERS = {"Notices": "true"}


def listener(cloud: Cloud, name: str, **wanted: list[str]) -> str:
    """A queue that gets what fits; its URL."""
    sqs = cloud.client("sqs")
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    cloud.client("sns").subscribe(
        TopicArn=cloud.stack.outputs["NoticeTopicArn"],
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:{name}",
        Attributes={"FilterPolicy": json.dumps(wanted)} if wanted else {},
    )
    return url


def heard(cloud: Cloud, url: str) -> list[dict[str, Any]]:
    """What has come since last time: attributes and `text`."""
    cloud.settle()
    found = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    bodies = [json.loads(message["Body"]) for message in found]
    for message in found:
        cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [
        {name: value["Value"] for name, value in body["MessageAttributes"].items()}
        | {"text": body["Message"], "subject": body["Subject"]}
        for body in bodies
    ]


def said(cloud: Cloud, detail_type: str, detail: dict[str, Any]) -> None:
    """The stack says something on its bus."""
    entry = {
        "EventBusName": cloud.stack.outputs["TeamsBusName"],
        "Source": "hyperpod.teams",
        "DetailType": detail_type,
        "Detail": json.dumps(detail),
    }
    assert cloud.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_the_topic_is_encrypted(cloud: Cloud) -> None:
    topic = cloud.stack.outputs["NoticeTopicArn"]
    assert cloud.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"] == "alias/aws/sns"


def test_a_team_and_no_other_is_heard_of_by_its_filter(cloud: Cloud) -> None:
    mine, all_of_them = listener(cloud, "mine", team=["heard"]), listener(cloud, "all")
    assert outcome(cloud.onboard(small("heard"))) == "onboarded"
    assert outcome(cloud.onboard(small("other"))) == "onboarded"
    (told,) = heard(cloud, mine)
    assert (told["team"], told["kind"], told["severity"]) == ("heard", "onboarded", "info")
    assert told["text"].startswith("Team heard is onboarded. hyperpod-teams welcome TEAM")
    assert sorted(each["team"] for each in heard(cloud, all_of_them)) == ["heard", "other"]


def test_a_failure_is_told_with_its_reason_and_what_to_do(cloud: Cloud) -> None:
    queue = listener(cloud, "failures", severity=["error"], kind=["failed"])
    execution = cloud.onboard(small("failing") | {"datasets": [{"bucket": "not-there", "accountId": "777788889999"}]})
    assert execution.status == "FAILED"
    told = heard(cloud, queue)
    assert told
    for each in told:
        assert each["subject"] == "HyperPod teams: failed (error)"
        assert each["text"].startswith("Team failing could not be onboarded or updated. plan")
        assert "not-there" in each["text"]
        assert "Mend what the reason names and send the event again" in each["text"]


def test_an_event_that_names_no_team_is_told_without_one(cloud: Cloud) -> None:
    queue = listener(cloud, "nameless", kind=["failed"])
    assert cloud.onboard({"team": "No\nTeam"}).status == "FAILED"
    told = heard(cloud, queue)
    assert told
    assert all("team" not in each and each["text"].startswith("A team could not be") for each in told)


def test_a_team_is_stuck_where_something_is_left(cloud: Cloud) -> None:
    queue = listener(cloud, "stuck", kind=["stuck"])
    left = [{"resource": "role x", "reason": "AccessDenied"}, {"resource": "role y", "reason": "gone"}]
    said(cloud, "Team Offboarding Failed", {"team": "held", "step": "iam_roles", "reason": "no", "left": left})
    (told,) = heard(cloud, queue)
    assert told["severity"] == "error"
    assert "iam_roles: no. Left over: role x (AccessDenied); role y (gone). Nobody else can change" in told["text"]


def test_drift_names_what_is_different(cloud: Cloud) -> None:
    queue = listener(cloud, "drift", kind=["drift"])
    drift = [{"resource": "role x", "action": "update"}]
    said(cloud, "Team Drifted", {"team": "adrift", "drift": drift, "problem": None, "repaired": True, "sweep": "arn:s"})
    (told,) = heard(cloud, queue)
    assert "Different: role x. It is being repaired. hyperpod-teams show" in told["text"]
    assert told["text"].endswith("[arn:s]")


@pytest.mark.parametrize(("event", "kind"), [("Team Needs Approval", "approval"), ("Team Expires Soon", "expires")])
def test_what_waits_for_people_is_told(cloud: Cloud, event: str, kind: str) -> None:
    queue = listener(cloud, f"asked-{kind}", kind=[kind])
    said(cloud, event, {"team": "asked", "reason": "first onboarding", "execution": "arn:e"})
    (told,) = heard(cloud, queue)
    assert (told["team"], told["severity"]) == ("asked", "warning")
    assert "first onboarding. hyperpod-teams" in told["text"]


@pytest.mark.parametrize(("state", "times"), [("ALARM", 1), ("OK", 0)])
def test_an_alarm_that_goes_off_is_told_with_its_page(cloud: Cloud, state: str, times: int) -> None:
    queue = listener(cloud, f"alarms-{state}", kind=["alarm"])
    name = f"{accounts.STACK}-drift"
    (alarm,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    event = {
        "account": accounts.CLUSTER_ACCOUNT,
        "region": accounts.REGION,
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "resources": [alarm["AlarmArn"]],
        "detail": {
            "alarmName": name,
            "state": {"value": state, "reason": "Threshold Crossed"},
            "configuration": {"description": alarm["AlarmDescription"]},
        },
    }
    cloud.happen(event)
    cloud.happen(event | {"resources": [alarm["AlarmArn"] + "-of-others"]})
    told = heard(cloud, queue)
    assert len(told) == times
    assert all(f"Alarm {name}. " in each["text"] and "docs/operating.md#the-sweep" in each["text"] for each in told)


def test_chats_are_told_in_their_own_form(cloud: Cloud) -> None:
    since = len(cloud.calls.entries())
    said(cloud, "Team Needs Attention", {"team": "chatty", "reason": 'an "odd" one\nwith a line'})
    cloud.settle()
    (call,) = [each for each in cloud.calls.entries(service="sns", operation="Publish") if each.sequence >= since]
    chat = json.loads(json.loads(call.call.parameters["Message"])["https"])
    assert (chat["version"], chat["source"]) == ("1.0", "custom")
    assert chat["content"]["title"] == "Team chatty needs somebody to decide"
    assert chat["content"]["description"] == 'an "odd" one\nwith a line. '
    assert chat["content"]["keywords"] == ["attention", "warning"]


def test_a_topic_that_cannot_be_reached_for_a_while_delays_the_news(cloud: Cloud) -> None:
    queue = listener(cloud, "late", team=["late"])
    cloud.faults.add(Fault(Match("sns", "Publish"), Kind.THROTTLE, times=2))
    said(cloud, "Team Needs Attention", {"team": "late", "reason": "r"})
    assert len(heard(cloud, queue)) == 1
