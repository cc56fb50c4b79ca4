"""The event's model: what is taken, what is refused and how that reads."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from onboarding.errors import InvalidRequest
from onboarding.request import recorded
from tests.unit.given import answer
from tools.schema import schema

EVENTS = Path(__file__).parents[2] / "events"
SAMPLE: dict[str, Any] = json.loads((EVENTS / "team-created.json").read_text())


def detail(**changes: Any) -> dict[str, Any]:
    return {**deepcopy(SAMPLE["detail"]), **changes}


def resolved(event: object) -> dict[str, Any]:
    request: dict[str, Any] = answer(event)["request"]
    return request


def refusal(event: object) -> str:
    with pytest.raises(InvalidRequest) as refused:
        answer(event)
    return refused.value.reason


def test_the_sample_event_is_resolved_with_its_defaults_filled_in() -> None:
    request = resolved(SAMPLE)
    assert request["serviceAccount"] == "hyperpod-training"
    assert request["datasets"][1]["access"] == "read"
    assert request["dryRun"] is False


def test_the_bare_detail_means_the_same_as_the_whole_event() -> None:
    assert resolved(SAMPLE["detail"]) == resolved(SAMPLE)


def test_resolving_what_was_resolved_changes_nothing() -> None:
    assert resolved(resolved(SAMPLE)) == resolved(SAMPLE)


def test_a_prefix_ends_with_one_slash_whether_the_event_says_so_or_not() -> None:
    with_slash, without = (
        resolved(detail(datasets=[{"bucket": "b-1", "accountId": "1" * 12, "prefix": p}])) for p in ("raw/", "raw")
    )
    assert with_slash == without
    assert with_slash["datasets"][0]["prefix"] == "raw/"


@pytest.mark.parametrize("path", ["aws-team/", "aws-reserved-for-us/", "team/aws-reserved/"])
def test_a_role_of_a_path_that_only_looks_like_one_of_awss_is_taken(path: str) -> None:
    arn = f"arn:aws:iam::444455556666:role/{path}Scientists"
    assert resolved(detail(dataScientistRoleArn=arn))["dataScientistRoleArn"] == arn


def test_an_event_of_another_kind_is_refused_by_name() -> None:
    assert "detail-type Team Created" in refusal({**SAMPLE, "detail-type": "Team Renamed"})
    assert "source hyperpod.teams" in refusal({**SAMPLE, "source": "somebody.else"})


def test_all_mistakes_of_an_event_are_told_at_once() -> None:
    told = refusal(
        detail(
            team="Vision",
            colour="blue",
            datasets=[{"bucket": "b-1", "accountId": "12", "prefix": "/"}],
            quota={"resources": [{"instanceType": "ml.p5.48xlarge"}], "fairShareWeight": 101},
        )
    )
    for where in (
        "detail.team is",
        "detail.colour is not a field",
        "detail.datasets[0].accountId is",
        "detail.datasets[0].prefix is",
        "detail.quota.resources[0]: say how much",
        "detail.quota.fairShareWeight is",
    ):
        assert where in told


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"team": "a" * 41}, "detail.team is too long: give at most 40"),
        ({"team": "-a"}, "lower-case letters, digits and hyphens"),
        ({"team": "a\n"}, 'detail.team is "a\\n"'),
        ({"team": "équipe"}, 'detail.team is "\\u00e9quipe"'),
        ({"team": None}, "detail.team is null"),
        ({"dataScientistRoleArn": "arn:aws:iam::444455556666:user/x"}, "the ARN of an IAM role"),
        ({"dataScientistRoleArn": "arn:aws-us-gov:iam::444455556666:role/x"}, "the ARN of an IAM role"),
        (
            {"dataScientistRoleArn": "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x"},
            "AWS keeps this role",
        ),
        (
            {"dataScientistRoleArn": "arn:aws:iam::444455556666:role/aws-service-role/x.amazonaws.com/Role"},
            "AWS keeps this role",
        ),
        ({"datasets": [{"bucket": "b-1", "accountId": "1" * 12}] * 2}, "datasets name 'b-1/' more than once"),
        (
            {"datasets": [{"bucket": "b-1", "accountId": a * 12, "prefix": a} for a in "12"]},
            "with different owners",
        ),
        ({"datasets": [{"bucket": f"b-{n}", "accountId": "1" * 12} for n in range(21)]}, "at most 20"),
        ({"datasets": [{"bucket": "b-1", "accountId": "1" * 12, "prefix": "a*"}]}, "no wildcard"),
        ({"datasets": [{"bucket": "b-1", "accountId": "1" * 12, "prefix": "${aws:username}"}]}, "no wildcard"),
        ({"datasets": [{"bucket": "b-1-s3alias", "accountId": "1" * 12}]}, "not the name of a general purpose bucket"),
        (
            {
                "datasets": [
                    {"bucket": "b-1", "accountId": "1" * 12, "kmsKeyArn": f"arn:aws:kms:us-west-2:{'2' * 12}:key/k"}
                ]
            },
            "a key of the bucket's account",
        ),
        ({"quota": {"resources": [], "sharing": {"strategy": "Lend"}}}, "detail.quota: without resources and with"),
        (
            {"quota": {"resources": [{"instanceType": f"ml.p5.{n}xlarge", "count": 1} for n in range(16)]}},
            "detail.quota.resources is too long",
        ),
        (
            {
                "quota": {
                    "resources": [
                        {
                            "instanceType": "ml.p5.48xlarge",
                            "accelerators": 1,
                            "acceleratorPartition": {"type": "mig-1g.10gb", "count": 1},
                        }
                    ]
                }
            },
            "exactly one way",
        ),
        (
            {
                "quota": {
                    "resources": [
                        {
                            "instanceType": "ml.p5.48xlarge",
                            "acceleratorPartition": {"type": "mig-5g.10gb", "count": 1},
                        }
                    ]
                }
            },
            'detail.quota.resources[0].acceleratorPartition.type is "mig-5g.10gb"',
        ),
        *(
            ({"quota": {"resources": [], "sharing": {"borrowLimit": limit}}}, "borrowLimit: give 1 to 500 percent")
            for limit in (0, 501)
        ),
        ({"quota": {"resources": [], "description": "two\nlines"}}, "detail.quota.description: control characters"),
        ({"quota": {"resources": [], "description": "x" * 1025}}, "description is too long: give at most 1024"),
        ({"team": "idle-resource-sharing"}, "task governance has queues of its own"),
        ({"team": "idle-resource-sharing-1"}, "task governance has queues of its own"),
        ({"quota": {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}] * 2}}, "more than once"),
        ({"quota": {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1, "vCpu": 4}]}}, "exactly one way"),
        ({"quota": {"resources": [{"instanceType": "ml.p5.48xlarge", "count": True}]}}, "a valid integer"),
        (
            {
                "quota": {
                    "resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}],
                    "sharing": {"strategy": "Lend", "borrowLimit": 5},
                }
            },
            "need the strategy LendAndBorrow",
        ),
        ({"serviceAccount": "default"}, "under 'default' every pod"),
        ({"access": {"groups": ["system:masters"]}}, "which Kubernetes keeps for itself"),
        ({"access": {"groups": ["hyperpod-ns-nlp-namespace-level-group"]}}, "a team joins no other team"),
        (
            {"access": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["impersonate"]}]}},
            "are not for teams",
        ),
        (
            {
                "access": {
                    "rules": [{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["create"]}]
                }
            },
            "are not for teams",
        ),
        *(
            ({"access": {"rules": [{"apiGroups": [group], "resources": [resource], "verbs": ["get"]}]}}, said)
            for group, resource, said in (
                ("", "namespaces", "rules on namespaces are not for teams"),
                ("", "namespaces/finalize", "rules on namespaces/finalize are not for teams"),
                ("", "serviceaccounts/token", "rules on serviceaccounts/token are not for teams"),
                ("", "nodes/proxy", "rules on nodes/proxy are not for teams"),
                ("", "persistentvolumes", "rules on persistentvolumes are not for teams"),
                ("storage.k8s.io", "storageclasses", "rules on storage.k8s.io are not for teams"),
                ("admissionregistration.k8s.io", "validatingadmissionpolicies", "are not for teams"),
            )
        ),
        ({"dryRun": "yes"}, "detail.dryRun is"),
        (
            {"datasets": [{"bucket": "b-1", "accountId": 777788889999}]},
            "detail.datasets[0].accountId is 777788889999, which is no text: put it in quotes.",
        ),
        (
            {"datasets": [{"bucket": "b-1", "accountId": "7.77789E+11"}]},
            'detail.datasets[0].accountId is "7.77789E+11": a spreadsheet has rounded the account number',
        ),
        (
            {"datasets": [{"bucket": "b-1", "accountId": "77788889999"}]},
            'detail.datasets[0].accountId is "77788889999", 11 digits: a spreadsheet takes the zeros in front away',
        ),
        ({"serviceAccount": True}, "detail.serviceAccount is true, which is no text: put it in quotes."),
    ],
)
def test_a_mistake_is_told_in_a_sentence(changes: dict[str, Any], says: str) -> None:
    told = refusal(detail(**changes))
    assert says in told
    assert told.isascii()
    assert "\n" not in told


@pytest.mark.parametrize("event", [None, [], "x", 7, {}, {**SAMPLE, "detail": None}])
def test_what_is_no_team_at_all_is_refused_too(event: object) -> None:
    assert refusal(event).endswith(".")


def test_a_team_of_a_name_like_a_reserved_one_is_taken() -> None:
    assert resolved(detail(team="idle-resource-sharings"))["team"] == "idle-resource-sharings"


def test_a_team_that_was_accepted_once_is_read_whatever_is_refused_today() -> None:
    quota = {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}], "sharing": {"borrowLimit": 9_000}}
    team = detail(team="idle-resource-sharing-1", quota=quota)
    assert "idle-resource-sharing" in refusal(team)
    assert recorded(team).quota.sharing.borrow_limit == 9_000


def test_the_published_schema_is_the_models() -> None:
    published = (EVENTS / "team-created.schema.json").read_text()
    assert published == schema("events/team-created"), "make schema brings it up to date"


def test_the_sample_event_fits_the_published_schema() -> None:
    Draft202012Validator(json.loads(schema("events/team-created"))).validate(SAMPLE["detail"])
