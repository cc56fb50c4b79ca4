"""The sweep and the dead-letter queue, as an operator types it."""

from pathlib import Path

from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery.undelivered import bury
from tests.cli.typing_teams import typed, written
from tests.workflow.teams import small

POLICY = "hyperpod-cluster-access-drifting"


def test_a_sweep_names_what_has_drifted_and_repairs_it_when_asked(cloud: Cloud, tmp_path: Path) -> None:
    assert typed("apply", written(tmp_path / "teams", small("drifting"), small("sound")), "--json").status == 0
    assert typed("sweep").status == 0
    taken = {"RoleName": "DataScientistRole", "PolicyName": POLICY}
    cloud.client("iam", "444455556666").delete_role_policy(**taken)
    found = typed("sweep")
    assert found.status == 1
    assert f"drifting: 444455556666 role DataScientistRole policy {POLICY} is missing" in found.output
    assert "2 teams looked at, 1 not as recorded." in found.output
    assert "drifted" in typed("list").output
    repaired = typed("sweep", "--repair", "--json")
    assert repaired.status == 0
    assert [(each["team"], each["result"]) for each in repaired.json["repaired"]] == [("drifting", "onboarded")]
    assert cloud.client("iam", "444455556666").get_role_policy(**taken)


def test_a_sweep_that_came_to_no_end_is_no_sweep(cloud: Cloud) -> None:
    cloud.faults.add(
        Fault(Match("dynamodb", "Scan", function="hyperpod-onboarding-list-teams"), Kind.DENIED, times=None)
    )
    swept = typed("sweep")
    assert swept.status == 1
    assert "FAILED" in swept.output


def test_an_event_that_was_not_delivered_is_shown_with_the_reason_and_put_back(cloud: Cloud) -> None:
    assert (empty := typed("undelivered")).status == 0
    assert "empty" in empty.output
    bury(cloud, small("lost"))
    for _ in range(2):
        seen = typed("undelivered")
        assert seen.status == 1, "looking takes nothing out"
        assert "Team Created, team lost, rule hyperpod-onboarding-team-events" in seen.output
        assert "NO_PERMISSIONS" in seen.output
    (back,) = (put := typed("undelivered", "--put-back", "--json")).json
    assert put.status == 0
    assert typed("watch", back["execution"], "--json").json["result"] == "onboarded"
    assert typed("undelivered").status == 0


def test_an_event_that_no_machine_takes_again_stays_and_is_said_to(cloud: Cloud) -> None:
    queue = cloud.client("sqs").get_queue_url(QueueName="hyperpod-onboarding-undelivered-events")["QueueUrl"]
    cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="no JSON")
    left = typed("undelivered", "--put-back")
    assert left.status == 1
    assert "hyperpod-teams replay" in left.output
    cloud.client("sqs").purge_queue(QueueUrl=queue)
