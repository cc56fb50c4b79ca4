"""One event takes a team away: what it had is gone, what others need or made stays."""

import json

from sandbox.aws.inventory import World, difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from sandbox.scenery.administrator import console_quota
from tests.faults.runs import DELETED, ended, offboarded, said_of
from tests.workflow.teams import CHECKPOINTS, IMAGES, LABELS, announced, changing, detail, outcome, small, text

C = accounts.DATA_ACCOUNT
DELEGATION = "HyperpodOnboarding111122223333AccessPoints"


def sids(world: World, bucket: object) -> list[str]:
    """The Sids of a bucket's policy."""
    policy = world[C]["buckets"][str(bucket)]["policy"] or {"Statement": []}
    return [statement["Sid"] for statement in policy["Statement"]]


def owned(world: World, team: str) -> set[str]:
    """The things in a world that are named after a team, the registry's record of it left out."""
    return {line.split(": ", 1)[0] for line in difference({}, world) if team in line and f"team/{team}" not in line}


def test_a_team_that_leaves_leaves_the_world_as_before_it_came(cloud: Cloud) -> None:
    before = cloud.snapshot()
    assert outcome(cloud.onboard(detail("goes", datasets=[IMAGES, LABELS, CHECKPOINTS]))) == "onboarded"
    execution = offboarded(cloud, "goes")
    assert outcome(execution) == "offboarded"
    assert difference(before, cloud.snapshot()) == []
    assert text(before) == text(cloud.snapshot())
    assert announced(cloud, execution) == [
        ("Team Offboarded", {"team": "goes", "execution": execution.arn, "left": []})
    ]
    cloud.settle()
    assert [kind for kind, _ in said_of(cloud, "goes")] == ["Team Onboarded", "Team Offboarded"]


def test_shared_statements_stay_while_a_team_needs_them_and_go_with_the_last_one(cloud: Cloud) -> None:
    before = cloud.snapshot()
    for team in ("one", "two"):
        assert outcome(cloud.onboard(detail(f"shares-{team}", datasets=[LABELS, CHECKPOINTS]))) == "onboarded"
    assert outcome(offboarded(cloud, "shares-one")) == "offboarded"
    between = cloud.snapshot()
    for dataset in (LABELS, CHECKPOINTS):
        assert sids(between, dataset["bucket"]) == [DELEGATION]
    inline = between[accounts.SCIENTISTS_ACCOUNT]["roles"]["DataScientistRole"]["inline"]
    assert "hyperpod-cluster-access-shares-two" in inline
    assert not owned(between, "shares-one")
    assert outcome(offboarded(cloud, "shares-two")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_a_team_that_nobody_knows_is_gone_already(cloud: Cloud) -> None:
    before, calls = cloud.snapshot(), len(cloud.calls.entries())
    execution = offboarded(cloud, "unheard-of")
    assert outcome(execution) == "offboarded"
    assert text(before) == text(cloud.snapshot())
    assert [kind for kind, _ in announced(cloud, execution)] == ["Team Offboarded"]
    record = {"dynamodb:UpdateItem", "dynamodb:DeleteItem", "events:PutEvents"}
    assert set(changing(cloud.calls.entries()[calls:])) == record


def test_a_team_may_leave_twice_and_come_back(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("returns"))) == "onboarded"
    there = cloud.snapshot()
    assert outcome(offboarded(cloud, "returns")) == "offboarded"
    assert outcome(offboarded(cloud, "returns")) == "offboarded"
    assert outcome(cloud.onboard(small("returns"))) == "onboarded"
    assert difference(there, cloud.snapshot()) == []


def test_an_adopted_quota_stays_with_its_namespace(cloud: Cloud) -> None:
    console_quota(cloud, "borrowed")
    before = cloud.snapshot()
    assert outcome(cloud.onboard(small("borrowed"))) == "onboarded"
    assert outcome(offboarded(cloud, "borrowed")) == "offboarded"
    after = cloud.snapshot()
    assert difference(before, after) == []
    assert "Namespace/hyperpod-ns-borrowed" in after["kubernetes"]


def test_a_dry_run_shows_what_would_be_taken_away_and_takes_nothing(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("asked"))) == "onboarded"
    before = cloud.snapshot()
    execution = ended(cloud, {"team": "asked", "dryRun": True}, DELETED)
    assert outcome(execution) == "planned"
    changes = [change for step in execution.output["plan"] for change in step["changes"]]
    assert len(changes) == 17
    assert all(change["before"] and "after" not in change for change in changes)
    assert text(before) == text(cloud.snapshot())


def test_what_somebody_else_put_in_place_of_ours_stays(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("replaced"))) == "onboarded"
    eks, role = cloud.client("eks"), "arn:aws:iam::111122223333:role/hyperpod-cluster-access-replaced"
    entry = {"clusterName": accounts.EKS_CLUSTER, "principalArn": role}
    eks.delete_access_entry(**entry)
    eks.create_access_entry(**entry, kubernetesGroups=["theirs"], tags={"owner": "somebody"})
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    iam = cloud.client("iam", accounts.SCIENTISTS_ACCOUNT)
    name = "hyperpod-cluster-access-replaced"
    iam.put_role_policy(RoleName="DataScientistRole", PolicyName=name, PolicyDocument=json.dumps(policy))
    assert outcome(offboarded(cloud, "replaced")) == "offboarded"
    world = cloud.snapshot()
    assert world[accounts.CLUSTER_ACCOUNT]["eks"][accounts.EKS_CLUSTER]["access_entries"][role]["groups"] == ["theirs"]
    assert world[accounts.SCIENTISTS_ACCOUNT]["roles"]["DataScientistRole"]["inline"][name] == policy
    assert "team/replaced" not in cloud.registry()


def test_what_cannot_be_taken_away_is_named_and_access_is_never_given_back(cloud: Cloud) -> None:
    start = cloud.snapshot()
    assert outcome(cloud.onboard(detail("clings", datasets=[IMAGES, LABELS]))) == "onboarded"
    had = owned(cloud.snapshot(), "clings")
    calls = len(cloud.calls.entries())
    cloud.faults.add(Fault(Match("eks", "DeleteAccessEntry"), Kind.DENIED, times=None))
    execution = offboarded(cloud, "clings")
    assert (execution.status, execution.error) == ("FAILED", "States.TaskFailed")
    assert "Left over: 111122223333 cluster research-eks access entry hyperpod-cluster-access-clings" in str(
        execution.cause
    )
    cloud.settle()
    left = owned(cloud.snapshot(), "clings")
    assert left < had
    assert all("access_entries" in path for path in left), left
    assert {kind for kind, said in said_of(cloud, "clings")[1:]} == {"Team Offboarding Failed"}
    for _, said in said_of(cloud, "clings")[1:]:
        assert [finding["resource"].split(" access entry ")[1] for finding in said["left"]] == [
            "hyperpod-cluster-access-clings"
        ]
    record = cloud.registry()["team/clings"]
    assert record["status"] == {"S": "stuck"}
    assert "access entry hyperpod-cluster-access-clings" in record["left"]["S"]
    assert not [call for call in changing(cloud.calls.entries()[calls:]) if "Create" in call or "create" in call]
    cloud.faults.clear()
    assert outcome(offboarded(cloud, "clings")) == "offboarded"
    assert difference(start, cloud.snapshot()) == []


def test_a_team_whose_leaving_is_stuck_can_be_onboarded_anew(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("wavers"))) == "onboarded"
    there = cloud.snapshot()
    cloud.faults.add(Fault(Match("iam", "DeleteRole"), Kind.DENIED, times=None))
    assert offboarded(cloud, "wavers").status == "FAILED"
    cloud.faults.clear()
    # First the leaving is finished, then the team comes again.
    assert outcome(cloud.onboard(small("wavers"))) == "onboarded"
    cloud.settle()
    assert difference(there, cloud.snapshot()) == []
