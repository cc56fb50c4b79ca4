"""Teams that wait for approval, as those type it who ask and those who decide."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from proofs.permissions.people import READER, Policy, policies_of
from sandbox.aws.gateway.operators import credentials_for
from sandbox.cloud import Cloud, Options, running
from sandbox.scenery import accounts
from sandbox.views import approver
from sandbox.views.approver import ACCOUNT, Approver
from tests.cli.runs import ROOT
from tests.cli.test_teams_policies import unused
from tests.cli.typing_teams import Typed, environment, typed, written
from tests.faults.runs import begun, until
from tests.workflow.teams import outcome, small

BUS = "arn:aws:events:us-west-2:111122223333:event-bus/hyperpod-onboarding-teams"
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def answers() -> Approver:
    """Somebody who approves after a while; nobody, while he knows no cloud."""
    return Approver(lambda sentence: None)


@pytest.fixture(scope="module")
def started(answers: Approver) -> Iterator[Cloud]:
    with running(Options(on_history=answers, parameters=approver.PARAMETERS)) as cloud:
        yield cloud


def waits(cloud: Cloud, team: str) -> str:
    """ARN of an execution that waits for approval of what account A asks."""
    execution = begun(cloud, small(team))
    until(cloud, lambda: "approvalToken" in cloud.registry().get(f"team/{team}", {}), "it waits")
    return execution


def decisions(cloud: Cloud) -> int:
    return len(cloud.executions("DecideArn"))


def approvers() -> list[Policy]:
    """What the page says that who approves is to have."""
    part = (ROOT / "docs" / "operating.md").read_text().partition("### Approval\n")[2].partition("\n### ")[0]
    return [json.loads(each) for each in re.findall(r"^    \{\n(?:^    .*\n)+?^    \}\n", part, re.MULTILINE)]


def become(
    cloud: Cloud, patch: pytest.MonkeyPatch, name: str, policies: list[Policy], account: str = accounts.CLUSTER_ACCOUNT
) -> str:
    """From here on what is typed is typed by a new role of the account that has these policies; its name."""
    iam = cloud.client("iam", account)
    trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for number, policy in enumerate(policies):
        iam.put_role_policy(RoleName=name, PolicyName=str(number), PolicyDocument=json.dumps(policy))
    for variable, value in environment(cloud, credentials_for(role, name)).items():
        patch.setenv(variable, value)
    return name


def by_another_account(cloud: Cloud, patch: pytest.MonkeyPatch, role: str) -> None:
    become(cloud, patch, role, approvers(), ACCOUNT)


def is_one_sentence(refused: Typed, status: int, says: str) -> None:
    assert (refused.status, refused.output) == (status, "")
    assert len(refused.errors.strip().splitlines()) == 1
    assert says in refused.errors


def test_another_account_approves_with_the_policy_on_the_page_alone_and_needs_all_of_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = waits(cloud, "approved")
    assert "waits for approval (the team is onboarded for the first time)" in typed("show", "approved").output
    (listed,) = [team for team in typed("list", "--json").json if team["team"] == "approved"]
    assert listed["state"] == "waits for approval"
    policies = approvers()
    role = become(cloud, monkeypatch, "Approver", policies, ACCOUNT)
    sent = typed("approve", "approved", "--bus", BUS, "--digest", listed["approval"]["digest"], "--reason", "agreed")
    assert (sent.status, sent.output) == (0, "Team Approved: sent. Account 111122223333 sees what comes of it.\n")
    assert outcome(cloud.wait(execution)) == "onboarded"
    approved = json.loads(cloud.registry()["team/approved"]["approved"]["S"])
    assert (approved["by"], approved["reason"]) == (ACCOUNT, "agreed")
    assert unused(cloud, role, policies) == []


def test_another_account_denies(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    execution = waits(cloud, "denied")
    by_another_account(cloud, monkeypatch, "Denier")
    assert typed("deny", "denied", "--bus", BUS, "--reason", "not this year").status == 0
    ended = cloud.wait(execution)
    assert ended.error == "Denied"
    assert f"denied by account {ACCOUNT}: not this year" in str(ended.cause)


def test_who_may_only_decide_may_not_ask(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    by_another_account(cloud, monkeypatch, "OnlyDecides")
    monkeypatch.setattr("cli.commands.approve._SOURCE", "somebody.else")
    before = decisions(cloud)
    is_one_sentence(
        typed("approve", "any", "--bus", BUS), 1, f"Bus {BUS} does not listen to these credentials: an account"
    )
    assert decisions(cloud) == before


def test_an_account_that_the_bus_does_not_listen_to_is_told_so(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    become(cloud, monkeypatch, "Stranger", [ANYTHING], "999900001111")
    for command in ("approve", "deny"):
        is_one_sentence(
            typed(command, "any", "--bus", BUS), 1, "an account of the stack's AdministratorAccountIds decides"
        )


def test_who_asked_is_told_who_decides_and_nothing_is_sent(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    execution, before = waits(cloud, "own"), decisions(cloud)
    said = (
        "Account 111122223333 asked for this itself: somebody of another administrator's account types "
        f"`hyperpod-teams approve own --bus {BUS}`, or deny."
    )
    for command in ("approve", "deny"):
        is_one_sentence(typed(command, "own"), 1, said)
    assert decisions(cloud) == before
    by_another_account(cloud, monkeypatch, "DeniesOwn")
    assert typed("deny", "own", "--bus", BUS).status == 0
    cloud.wait(execution)


def test_account_a_decides_about_what_another_one_asks_and_only_once(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = cloud.client("events", ACCOUNT)
    entry = {"EventBusName": BUS, "Source": "hyperpod.teams", "DetailType": "Team Created"}
    events.put_events(Entries=[{**entry, "Detail": json.dumps(small("theirs"))}])
    until(cloud, lambda: "approvalToken" in cloud.registry().get("team/theirs", {}), "it waits")
    execution = cloud.registry()["team/theirs"]["holder"]["S"]
    policies = policies_of(READER) + approvers()
    become(cloud, monkeypatch, "ApproverOfA", policies)
    sent = typed("approve", "theirs", "--reason", "agreed")
    assert (sent.status, sent.output) == (
        0,
        "Team Approved: sent. `hyperpod-teams watch theirs` shows what comes of it.\n",
    )
    assert outcome(cloud.wait(execution)) == "onboarded"
    for command in ("approve", "deny"):
        is_one_sentence(typed(command, "theirs"), 2, "Team theirs waits for no approval: it was decided before")


@pytest.mark.parametrize("command", ["approve", "deny"])
def test_nothing_is_sent_about_a_team_that_is_not_there(cloud: Cloud, command: str) -> None:
    before = decisions(cloud)
    is_one_sentence(typed(command, "nobody"), 2, "Team nobody waits for no approval")
    is_one_sentence(typed(command, "nobody", "--bus", "teams"), 2, "--bus teams: no ARN of an event bus")
    assert decisions(cloud) == before


def test_who_applies_is_told_that_a_team_waits_and_how_to_approve_it(
    cloud: Cloud, answers: Approver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.views.approver.MINUTES", 1)
    answers.cloud = cloud
    try:
        one = typed("apply", written(tmp_path / "one", small("seen")))
        several = typed("apply", written(tmp_path / "several", small("first"), small("second")), "--json")
    finally:
        answers.cloud = None
    said = (
        "waits for approval (the team is onboarded for the first time): `hyperpod-teams approve {0}`, or deny, by "
        "somebody of another account than asked."
    )
    assert one.status == 0
    assert "seen " + said.format("seen") in one.output
    assert [each["result"] for each in several.json] == ["onboarded", "onboarded"]
    for team in ("first", "second"):
        assert several.errors.count(f"{team} {said.format(team)}") == 1
