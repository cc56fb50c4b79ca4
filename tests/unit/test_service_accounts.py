"""Several service accounts of one team: what may be asked for, and that none has what is another's."""

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from botocore.session import get_session
from pydantic import ValidationError

from iam_roles.policies import data_access_permissions, data_access_trust
from iam_roles.role import Role
from onboarding import names, policy
from onboarding.connect import connect
from onboarding.key_grant import KeyGrant
from onboarding.kubernetes_object import KubernetesObject, ObjectState
from onboarding.mistakes import sentences
from onboarding.narrowing import narrowed
from onboarding.profiles import Profile
from onboarding.request import TeamRequest, recorded
from onboarding.resolved import wanted
from probe.attempts import attempts, proving
from s3_access_point import app as s3_access_point
from s3_access_point.policies import access_point_policy
from tests.unit.given import CLUSTER, KEY, SETTINGS, context, dataset, request

TEXTS = dataset(prefix="texts/")
TRIALS = dataset(prefix="trials/")
CHECKPOINTS = dataset(bucket="example-corp-checkpoints", prefix="vision/", access="read-write", kmsKeyArn=KEY)
ALL = [TEXTS, TRIALS, CHECKPOINTS]
SAVED = "example-corp-checkpoints/vision/"
TRAINING: dict[str, Any] = {
    "name": "hyperpod-training",
    "datasets": [{"dataset": "example-corp-images/texts"}, {"dataset": SAVED, "access": "read-write"}],
}
EVALUATION: dict[str, Any] = {
    "name": "evaluation",
    "datasets": [{"dataset": "example-corp-images/trials/"}, {"dataset": SAVED}],
}
PLAIN, OWN = (
    f"arn:aws:iam::{CLUSTER}:role/hyperpod-data-access-vision",
    f"arn:aws:iam::{CLUSTER}:role/hyperpod-data-access-vision.evaluation",
)


def team(*accounts: dict[str, Any], datasets: list[dict[str, Any]] = ALL, **changes: Any) -> TeamRequest:
    return request(datasets=datasets, serviceAccounts=list(accounts), **changes)


BOTH = team(TRAINING, EVALUATION)
TO_WRITE = {"texts": "read", "saved": "read-write"}


def reached(asked: TeamRequest) -> dict[str, dict[str, str]]:
    """By service account, each dataset's access."""
    return {
        account.name: {f"{each.bucket}/{each.prefix}": each.access for each in account.datasets}
        for account in asked.pod_accounts
    }


def principals(document: policy.Document, sid: str) -> list[str]:
    (statement,) = [each for each in document["Statement"] if each["Sid"] == sid]
    arns = statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{CLUSTER}:root"}
    return arns if isinstance(arns, list) else [arns]


def test_each_has_its_own_datasets_with_its_own_access() -> None:
    assert reached(BOTH) == {
        "hyperpod-training": {"example-corp-images/texts/": "read", SAVED: "read-write"},
        "evaluation": {"example-corp-images/trials/": "read", SAVED: "read"},
    }


def test_the_short_form_is_one_with_all_of_them_and_the_teams_plain_role() -> None:
    (account,) = request(datasets=ALL, serviceAccount="trainer").pod_accounts
    assert (account.name, account.own, len(account.datasets)) == ("trainer", None, 3)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"serviceAccounts": []}, "give one at least"),
        ({"serviceAccounts": [TRAINING, TRAINING]}, "'hyperpod-training' more than once"),
        ({"serviceAccounts": [{**TRAINING, "name": "default"}]}, "every pod of the namespace"),
        ({"serviceAccounts": [{**TRAINING, "datasets": [{"dataset": "other"}]}]}, "uses other, which is not among"),
        (
            {"serviceAccounts": [{**TRAINING, "datasets": [*TRAINING["datasets"], {"dataset": SAVED}]}]},
            f"the datasets of hyperpod-training name '{SAVED}' more than once",
        ),
        (
            {"serviceAccounts": [{**EVALUATION, "datasets": [{**use, "access": "read-write"}]} for use in [
                {"dataset": "example-corp-images/trials"}]]},
            "writes to example-corp-images/trials/, which the team may only read",
        ),
        ({"serviceAccounts": [TRAINING]}, "none of them uses the dataset example-corp-images/trials/"),
        ({"serviceAccounts": [TRAINING, EVALUATION], "serviceAccount": "trainer"}, "one of them"),
        ({"serviceAccounts": [TRAINING, EVALUATION], "imagePullSecrets": ["registry"]}, "none beside the list"),
        ({"serviceAccounts": [{**TRAINING, "name": f"a{n}"} for n in range(6)]}, "give at most 5"),
        ({"imagePullSecrets": ["Registry_1"]}, "the name of a Secret"),
        ({"imagePullSecrets": ["registry", "registry"]}, "'registry' more than once"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_a_sentence(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        request(datasets=ALL, **changes)
    assert said in sentences(refused.value)


def test_together_they_use_no_more_datasets_than_one_may_have() -> None:
    many = [dataset(prefix=f"p{n}/") for n in range(11)]
    uses = [{"dataset": f"example-corp-images/p{n}"} for n in range(11)]
    with pytest.raises(ValidationError, match="together they use 22 datasets"):
        team({"name": "one", "datasets": uses}, {"name": "two", "datasets": uses}, datasets=many)


def test_a_dataset_that_pods_see_as_files_alone_needs_no_service_account() -> None:
    storage = [{"name": "trials", "dataset": "example-corp-images/trials"}]
    asked = team(TRAINING, storage=storage)
    points = [each for each, _ in s3_access_point.desired(asked, context("vision")) if each.kind == "access-point"]
    assert len(points) == 2


def test_each_role_is_for_its_own_service_account_and_datasets() -> None:
    for account in BOTH.pod_accounts:
        (trust,) = data_access_trust(BOTH, account, SETTINGS)["Statement"]
        assert trust["Condition"]["StringEquals"]["aws:RequestTag/kubernetes-service-account"] == account.name
    training, evaluation = (
        policy.text(data_access_permissions(BOTH, account, SETTINGS) or {}) for account in BOTH.pod_accounts
    )
    assert ("texts/" in training, "trials/" in training, "s3:PutObject" in training) == (True, False, True)
    assert ("texts/" in evaluation, "trials/" in evaluation, "s3:PutObject" in evaluation) == (False, True, False)


def test_an_access_point_lets_in_the_roles_that_have_its_dataset_and_lets_write_the_one_that_may() -> None:
    texts, _, saved = (access_point_policy(BOTH, each, SETTINGS) for each in BOTH.datasets)
    assert principals(texts, "List") == principals(texts, "Objects") == [PLAIN]
    assert principals(saved, "List") == [PLAIN, OWN]
    assert (principals(saved, "Objects"), principals(saved, "ObjectsWritten")) == ([OWN], [PLAIN])
    reading = next(each for each in saved["Statement"] if each["Sid"] == "Objects")
    assert reading["Action"] == "s3:GetObject"
    listing = next(each for each in saved["Statement"] if each["Sid"] == "List")
    assert listing["Condition"]["StringLike"] == {"s3:prefix": ["vision/", "vision/*"]}


def test_each_role_has_a_grant_of_its_own_for_what_it_does() -> None:
    found = {
        resource: state.model_dump()["operations"]
        for resource, state in s3_access_point.desired(BOTH, context("vision"))
        if isinstance(resource, KeyGrant) and state
    }
    assert {(each.name, each.grantee): operations for each, operations in found.items()} == {
        ("hyperpod-data-access-vision", PLAIN): ["Decrypt", "GenerateDataKey"],
        ("hyperpod-data-access-vision/evaluation", OWN): ["Decrypt"],
    }
    assert len({each.address for each in found}) == 2
    assert all(each.is_of(context("vision")) for each in found)
    assert not any(each.is_of(context("visio")) for each in found)


def test_a_plan_names_only_roles_that_can_be_the_teams() -> None:
    def is_of(name: str, whose: str = "vision") -> bool:
        return Role(CLUSTER, name).is_of(context(whose))

    long = names.data_access_role("hyperpod", "vision", "s" * 63)
    assert is_of("hyperpod-data-access-vision.evaluation")
    assert is_of(long)
    assert not is_of("hyperpod-data-access-vision-2.evaluation")
    assert not is_of("hyperpod-data-access-vision.Evaluation_1" + "x" * 40)
    assert not is_of(long, "audio")


@pytest.mark.parametrize("whose", ["v", "t" * 40])
@pytest.mark.parametrize("own", ["e", "s" * 63])
def test_the_longest_names_fit(whose: str, own: str) -> None:
    name = names.data_access_role("eightlet", whose, own)
    assert len(name) <= 64
    assert names.is_data_access_role("eightlet", whose, name)
    assert len(names.key_grant("eightlet", whose, own)) <= 256


@pytest.mark.parametrize(
    ("service", "shape", "made"),
    [("iam", "roleNameType", names.data_access_role), ("kms", "GrantNameType", names.key_grant)],
)
def test_the_services_own_models_take_the_names(service: str, shape: str, made: Callable[..., str]) -> None:
    pattern = str(get_session().get_service_model(service).shape_for(shape).metadata["pattern"])
    for whose, own in product(("v", "a-b", "t" * 40), (None, "e", "a-b", "s" * 63)):
        assert re.fullmatch(pattern, made("eightlet", whose, own)), (whose, own)


def test_no_two_service_accounts_of_any_teams_share_a_role() -> None:
    asked = [("vision", None), ("vision", "a"), ("vision-a", None), ("vision-a", "b"), ("vision", "a-b")]
    asked += [("t" * 40, "a"), ("t" * 39, "a"), ("t" * 40, "b"), ("vision", "s" * 63), ("vision", "s" * 62)]
    assert len({names.data_access_role("hyperpod", *each) for each in asked}) == len(asked)


@pytest.mark.parametrize(
    ("had", "asked", "kept"),
    [
        (BOTH, team(TRAINING, datasets=[TEXTS, CHECKPOINTS]), {"hyperpod-training": TO_WRITE}),
        (
            BOTH,
            team({**TRAINING, "datasets": [{"dataset": "example-corp-images/texts"}, {"dataset": SAVED}]}, EVALUATION),
            {"hyperpod-training": {**TO_WRITE, "saved": "read"}, "evaluation": {"trials": "read", "saved": "read"}},
        ),
        (request(datasets=ALL), BOTH, {"hyperpod-training": TO_WRITE}),
        (request(datasets=ALL, serviceAccount="trainer"), BOTH, {}),
        (
            BOTH,
            request(datasets=ALL),
            {"hyperpod-training": TO_WRITE},
        ),
    ],
    ids=["one goes", "writes no more", "of one, several", "of one by another name, several", "of several, one"],
)  # fmt: skip
def test_an_update_that_cannot_be_carried_out_takes_away_what_goes(
    had: TeamRequest, asked: TeamRequest, kept: dict[str, dict[str, str]]
) -> None:
    less = narrowed(had, asked)
    assert less is not None
    short = {"texts": "example-corp-images/texts/", "trials": "example-corp-images/trials/", "saved": SAVED}
    assert reached(less) == {name: {short[one]: how for one, how in each.items()} for name, each in kept.items()}
    assert recorded(less.model_dump(mode="json", by_alias=True, exclude_none=True)) == less


@pytest.mark.parametrize(
    "asked",
    [BOTH, team(TRAINING, EVALUATION, {"name": "third"}), team(EVALUATION, TRAINING)],
    ids=["the same", "one more", "in another order"],
)
def test_where_nothing_goes_nothing_is_narrowed(asked: TeamRequest) -> None:
    assert narrowed(BOTH, asked) is None


def test_one_that_comes_to_have_company_and_keeps_all_is_not_narrowed() -> None:
    every = {"name": "hyperpod-training", "datasets": [{"dataset": f"{d['bucket']}/{d['prefix']}", "access": d.get(
        "access", "read")} for d in ALL]}  # fmt: skip
    assert narrowed(request(datasets=ALL), team(every, EVALUATION)) is None


def test_what_is_recorded_is_read_back_as_it_was() -> None:
    detail = wanted(BOTH.model_dump(mode="json", by_alias=True, exclude_none=True)).request
    assert detail is not None
    assert recorded(detail) == BOTH


def test_people_are_told_what_each_reaches() -> None:
    told = connect(BOTH, SETTINGS)
    assert (told["serviceAccount"], [each["prefix"] for each in told["datasets"]]) == (
        "hyperpod-training",
        ["texts/", "vision/"],
    )
    assert [(each["name"], [one["access"] for one in each["datasets"]]) for each in told["serviceAccounts"]] == [
        ("hyperpod-training", ["read", "read-write"]),
        ("evaluation", ["read", "read"]),
    ]


def test_the_probe_tries_as_the_first_that_has_datasets_and_is_refused_what_others_have() -> None:
    asked = team({"name": "idle"}, EVALUATION, TRAINING)
    account = proving(asked)
    assert account is not None
    assert account.name == "evaluation"
    tried = {(each.expected, each.verb, each.key) for each in attempts(asked, {}, SETTINGS)}
    marker = "hyperpod-onboarding-probe-vision"
    assert {("in", "list", "trials/"), ("in", "list", "vision/")} <= tried
    assert {("refused", "list", "texts/"), ("refused", "put", f"vision/{marker}")} <= tried
    assert ("in", "put", f"vision/{marker}") not in tried


def test_one_form_in_an_event_takes_the_place_of_the_other_in_a_profile() -> None:
    one = Profile("p", {"serviceAccount": "trainer", "imagePullSecrets": ["a"]})
    assert "serviceAccount" not in one.filled(team="vision", account=None, said={"serviceAccounts": [TRAINING]})
    several = Profile("p", {"serviceAccounts": [TRAINING]})
    assert "serviceAccounts" not in several.filled(team="vision", account=None, said={"serviceAccount": "trainer"})


def test_pull_secrets_of_which_nothing_is_said_are_the_teams_own() -> None:
    account = KubernetesObject("research-eks", "ServiceAccount", "hyperpod-ns-vision", "trainer")
    theirs = ObjectState(fields={"imagePullSecrets": [{"name": "theirs"}]})
    silent, none = ObjectState(fields={}), ObjectState(fields={"imagePullSecrets": []})
    assert account.as_asked(theirs, silent) == silent
    assert account.as_asked(theirs, none) != none
