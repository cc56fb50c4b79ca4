"""What the owner of an account shares: nothing without his entry, and what he takes back is told."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts, shares
from sandbox.scenery.shares import entry
from tests.faults.runs import offboarded
from tests.workflow.teams import CHECKPOINTS, IMAGES, LABELS, outcome, own, small, with_folder
from tests.workflow.test_drift import reported, sweep

PARAMETERS = {"RepairDrift": "true"}

OWNER = accounts.DATA_ACCOUNT
STRANGER = "999900001111"
DEPLOY = (
    "aws cloudformation deploy --template-file accounts/data.yaml --capabilities CAPABILITY_NAMED_IAM "
    "--stack-name hyperpod-onboarding-data --parameter-overrides "
)


@pytest.fixture(autouse=True)
def owner(cloud: Cloud) -> Iterator[Any]:
    """Parameter Store in the owner's account; what it says is put back afterwards."""
    ssm = cloud.client("ssm", OWNER)
    before = json.dumps(shares.shared(ssm))
    yield ssm
    shares.put(ssm, before)


def only(owner: Any, *entries: shares.Entry) -> None:
    """The owner shares this and nothing else."""
    shares.put(owner, json.dumps(entries))


def refusals(cloud: Cloud, event: dict[str, Any]) -> list[dict[str, str]]:
    """What the plan says of shares; nothing is touched."""
    before = cloud.snapshot()
    execution = cloud.onboard(event)
    assert (execution.status, execution.error) == ("FAILED", "ProblemsFound")
    assert difference(before, cloud.snapshot()) == []
    history = cloud.client("stepfunctions").get_execution_history(executionArn=execution.arn, maxResults=1000)
    (plan,) = [
        json.loads(event["stateExitedEventDetails"]["output"])
        for event in history["events"]
        if event.get("stateExitedEventDetails", {}).get("name") == "Plan"
    ]
    found: list[dict[str, str]] = plan["prerequisites"]
    return [each for each in found if each["verdict"] == "problem" and each["resource"].startswith(OWNER)]


def wanting(team: str, dataset: dict[str, Any], account: str = accounts.SCIENTISTS_ACCOUNT) -> str:
    """The command that adds just the entry that the dataset takes, as its owner runs it."""
    prefix, access = dataset.get("prefix", "*"), dataset.get("access", "read")
    return (
        f'{DEPLOY}\'Shares=[...,{{"bucket":"{dataset["bucket"]}","prefix":"{prefix}","access":"{access}",'
        f'"teams":["{team}"],"accounts":["{account}"]}}]\''
    )


def test_what_is_not_shared_is_refused_for_every_dataset_with_the_entry_to_add(cloud: Cloud, owner: Any) -> None:
    only(owner)
    found = refusals(cloud, small("unshared", datasets=[IMAGES, LABELS, CHECKPOINTS]))
    assert found[0] == {
        "id": "S3-SHARE",
        "resource": "777788889999 share of example-corp-images/curated",
        "verdict": "problem",
        "state": "not shared",
        "reason": "account 777788889999 does not share it with team unshared of account 444455556666 for read. "
        "Its owner adds the entry to Shares of accounts/data.yaml, or the event leaves the dataset out",
        "mend": wanting("unshared", IMAGES),
    }
    assert [each["mend"] for each in found] == [wanting("unshared", each) for each in (IMAGES, LABELS, CHECKPOINTS)]


def test_the_entry_that_the_plan_names_is_enough(cloud: Cloud, owner: Any) -> None:
    only(owner)
    (found,) = refusals(cloud, small("mended", datasets=[CHECKPOINTS]))
    only(owner, json.loads(found["mend"].split("[...,")[1].removesuffix("]'")))
    assert outcome(cloud.onboard(small("mended", datasets=[CHECKPOINTS]))) == "onboarded"


B, IMAGE_BUCKET = accounts.SCIENTISTS_ACCOUNT, str(IMAGES["bucket"])
INSUFFICIENT: dict[str, tuple[shares.Entry, dict[str, Any], str]] = {
    "writing where reading is shared": (entry(IMAGE_BUCKET), {**IMAGES, "access": "read-write"}, "read alone"),
    "the bucket where a folder is shared": (
        entry(IMAGE_BUCKET, "curated/"),
        {"bucket": IMAGE_BUCKET, "accountId": OWNER},
        "not shared",
    ),
    "the folder above the shared one": (entry(IMAGE_BUCKET, "curated/cats/"), IMAGES, "not shared"),
    "a folder that begins like the shared one": (entry(IMAGE_BUCKET, "cur/"), IMAGES, "not shared"),
    "another bucket": (entry("example-corp-labels"), IMAGES, "not shared"),
    "what another team may have": (entry(IMAGE_BUCKET, teams=["asked-0"]), IMAGES, "not shared"),
    "what teams of another account may have": (entry(IMAGE_BUCKET, scientists=[STRANGER]), IMAGES, "not shared"),
}


@pytest.mark.parametrize("what", INSUFFICIENT)
def test_no_team_gets(cloud: Cloud, owner: Any, what: str) -> None:
    given, asked, state = INSUFFICIENT[what]
    only(owner, given)
    (found,) = refusals(cloud, small("asked", datasets=[asked]))
    assert (found["state"], found["mend"]) == (state, wanting("asked", asked))


def test_a_team_below_a_shared_folder_is_onboarded(cloud: Cloud, owner: Any) -> None:
    only(owner, entry(IMAGE_BUCKET, "curated/", teams=["below", "beside"]))
    asked = {**IMAGES, "prefix": "curated/cats/"}
    assert outcome(cloud.onboard(small("below", datasets=[asked]))) == "onboarded"


def test_another_account_gets_nothing_by_taking_the_name_of_a_team(cloud: Cloud, owner: Any) -> None:
    only(owner, entry(IMAGE_BUCKET, teams=["coveted"]))
    role = f"arn:aws:iam::{STRANGER}:role/DataScientistRole"
    (found,) = refusals(cloud, small("coveted", dataScientistRoleArn=role))
    assert found["mend"] == wanting("coveted", IMAGES, STRANGER)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[{"bucket": "example-corp-images"}]', "Shares[0].prefix is missing: add it"),
        ("all of it", "Shares cannot be read as JSON: Expecting value"),
        (
            json.dumps([entry(IMAGE_BUCKET), {**entry(IMAGE_BUCKET), "access": "*"}]),
            'Shares[1].access is "*": give "read" or "read-write"',
        ),
    ],
)
def test_a_parameter_that_is_not_understood_shares_nothing(cloud: Cloud, owner: Any, text: str, says: str) -> None:
    shares.put(owner, text)
    (found,) = refusals(cloud, small("confused", datasets=[IMAGES, CHECKPOINTS]))
    assert (found["resource"], found["state"]) == (f"{OWNER} parameter {shares.PARAMETER}", "not understood")
    assert found["reason"].startswith(says)
    assert found["reason"].endswith("Nothing is shared by it until that is mended: deploy accounts/data.yaml anew")


def test_a_parameter_that_is_gone_shares_nothing(cloud: Cloud, owner: Any) -> None:
    before = json.dumps(shares.shared(owner))
    owner.delete_parameter(Name=shares.PARAMETER)
    try:
        (found,) = refusals(cloud, small("paramless", datasets=[IMAGES, CHECKPOINTS]))
    finally:
        shares.put(owner, before)
    assert found["reason"].startswith(
        "does not exist in us-west-2, so that the account shares nothing. Deploy accounts"
    )
    # With all that the event wants of that account.
    assert found["mend"].count('"bucket"') == 2


def test_a_member_role_that_may_not_read_it_shares_nothing(cloud: Cloud) -> None:
    cloud.faults.add(Fault(Match("ssm", "GetParameter"), Kind.DENIED, times=None))
    (found,) = refusals(cloud, small("unread"))
    assert (found["state"], found["mend"]) == ("may not be read", wanting("unread", IMAGES))
    assert found["reason"].startswith("GetParameter was refused with AccessDenied")


def test_a_folder_that_writes_into_the_bucket_takes_a_share_for_writing(cloud: Cloud, owner: Any) -> None:
    dataset = own("exporting", access="read-write")
    only(owner, entry(IMAGE_BUCKET))
    found = refusals(cloud, with_folder("exporting", dataset, exportPolicy=["NEW"]))
    # Each of the two functions that reach into the bucket looks for itself.
    assert [each["mend"] for each in found] == [wanting("exporting", dataset)] * 2
    # A folder that only reads is none of the second one's concern, though the dataset may be written.
    assert len(refusals(cloud, with_folder("exporting", dataset))) == 1


def test_what_is_shared_is_read_once_an_account_and_invocation(cloud: Cloud) -> None:
    before = len(cloud.calls.entries(service="ssm", operation="GetParameter"))
    event = small("thrifty", datasets=[IMAGES, LABELS, CHECKPOINTS], dryRun=True)
    assert outcome(cloud.onboard(event)) == "planned"
    assert len(cloud.calls.entries(service="ssm", operation="GetParameter")) == before + 1


def test_what_is_taken_back_while_a_team_comes_in_is_noticed_and_the_team_rolled_back(cloud: Cloud, owner: Any) -> None:
    before = cloud.snapshot()
    cloud.faults.add(Fault(Match("eks", "CreateAccessEntry"), Kind.CALLBACK, callback=lambda _: only(owner)))
    execution = cloud.onboard(small("hasty"))
    assert (execution.status, execution.error) == ("FAILED", "NotAsPlanned")
    assert "share of example-corp-images/curated: account 777788889999 does not share it" in str(execution.cause)
    assert difference(before, cloud.snapshot()) == []


def test_what_is_taken_back_later_is_told_by_every_sweep_until_the_team_does_without(cloud: Cloud, owner: Any) -> None:
    before = cloud.snapshot()
    event = small("narrowed", datasets=[IMAGES, CHECKPOINTS])
    assert outcome(cloud.onboard(event)) == "onboarded"
    only(owner, entry(IMAGE_BUCKET))
    for _ in range(2):
        said = reported(cloud, sweep(cloud))["narrowed"]
        assert said["problem"].startswith(
            "Step plan: 777788889999 share of example-corp-checkpoints/vision: account 777788889999 does not share it "
            "with team narrowed of account 444455556666 for read-write"
        )
        assert said["repaired"] is False
    # The owner cuts it at once, and no sweep that repairs gives it back.
    control = cloud.client("s3control", OWNER)
    (point,) = [
        point["Name"]
        for point in control.list_access_points(AccountId=OWNER, Bucket=CHECKPOINTS["bucket"])["AccessPointList"]
        if point["Name"].startswith("hyperpod-narrowed-")
    ]
    control.delete_access_point(AccountId=OWNER, Name=point)
    assert reported(cloud, sweep(cloud))["narrowed"]["repaired"] is False
    assert point not in cloud.snapshot()[OWNER]["access points"]
    assert outcome(cloud.onboard({**event, "datasets": [IMAGES]})) == "onboarded"
    assert "narrowed" not in reported(cloud, sweep(cloud))
    assert outcome(offboarded(cloud, "narrowed")) == "offboarded"
    left = [line for line in difference(before, cloud.snapshot()) if "narrowed" in line]
    assert left == []


def test_a_team_leaves_though_nothing_is_shared_with_it_any_more(cloud: Cloud, owner: Any) -> None:
    before = cloud.snapshot()
    assert outcome(cloud.onboard(with_folder("goer"))) == "onboarded"
    owner.delete_parameter(Name=shares.PARAMETER)
    try:
        assert outcome(offboarded(cloud, "goer")) == "offboarded"
    finally:
        only(owner, *shares.SHARES)
    assert [line for line in difference(before, cloud.snapshot()) if "goer" in line] == []
