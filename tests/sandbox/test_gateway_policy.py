"""The policy engine: pure functions."""

from typing import Any

import pytest

from sandbox.aws.gateway.conditions import UnknownOperatorError, holds
from sandbox.aws.gateway.policy import Decision, Request, evaluate, statements

ROLE = "arn:aws:iam::111122223333:role/team"


def decide(
    *policy: dict[str, Any], action: str = "s3:GetObject", resource: str = "arn:aws:s3:::b/k", **more: Any
) -> str:
    return evaluate(policy, Request(action, resource, **more)).name


def allowing(**fields: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*", **fields}


def test_what_no_statement_mentions_is_implicitly_denied() -> None:
    assert decide() == "NONE"
    assert decide(allowing(Action="s3:PutObject")) == "NONE"


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    deny = {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}
    assert decide(allowing(), deny) == decide(deny, allowing()) == "DENY"


def test_a_deny_for_something_else_does_no_harm() -> None:
    assert decide(allowing(), {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}) == "ALLOW"


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:Get*", "S3:getobject", "*", "s3:G?tObject", ["x:Y", "s3:*"]])
def test_an_action_matches_by_wildcard_in_any_case(action: object) -> None:
    assert decide(allowing(Action=action)) == "ALLOW"


def test_not_action_covers_all_other_actions() -> None:
    policy = {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}
    assert decide(policy) == "ALLOW"
    assert decide(policy, action="iam:GetRole") == "NONE"


@pytest.mark.parametrize(
    ("resource", "decision"),
    [
        ("arn:aws:s3:::b/*", "ALLOW"),
        ("arn:aws:s3:::b/?", "ALLOW"),
        (["arn:aws:s3:::x", "*"], "ALLOW"),
        ("arn:aws:s3:::B/k", "NONE"),
        ("arn:aws:s3:::b", "NONE"),
    ],
)
def test_a_resource_matches_by_wildcard_in_its_own_case(resource: object, decision: str) -> None:
    assert decide(allowing(Resource=resource)) == decision


def test_not_resource_covers_all_other_resources() -> None:
    policy = {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}
    assert decide(policy) == "NONE"
    assert decide(policy, resource="arn:aws:s3:::c/k") == "DENY"


def test_a_policy_variable_stands_for_the_callers_value_and_nothing_more() -> None:
    policy = allowing(Resource="arn:aws:s3:::b/${aws:PrincipalTag/team}")
    assert decide(policy, context={"aws:principaltag/team": ("k",)}) == "ALLOW"
    assert decide(policy, context={"aws:principaltag/team": ("*",)}) == "NONE"
    assert decide(policy) == "NONE"


def test_a_policy_variable_may_have_a_default_and_escape_wildcards() -> None:
    assert decide(allowing(Resource="arn:aws:s3:::b/${aws:PrincipalTag/team, 'k'}")) == "ALLOW"
    assert decide(allowing(Resource="arn:aws:s3:::b/${*}")) == "NONE"
    assert decide(allowing(Resource="arn:aws:s3:::b/${*}"), resource="arn:aws:s3:::b/*") == "ALLOW"


@pytest.mark.parametrize(
    ("principal", "decision"),
    [
        ("*", "ALLOW"),
        ({"AWS": "*"}, "ALLOW"),
        ({"AWS": ROLE}, "ALLOW"),
        ({"AWS": ["arn:aws:iam::999999999999:root", ROLE]}, "ALLOW"),
        ({"Service": "lambda.amazonaws.com"}, "NONE"),
        ({"AWS": "arn:aws:iam::111122223333:role/*"}, "NONE"),
    ],
)
def test_a_principal_is_named_in_full_or_by_a_lone_star(principal: object, decision: str) -> None:
    assert decide(allowing(Principal=principal), principal=frozenset({ROLE})) == decision


def test_a_star_among_aws_principals_is_no_service() -> None:
    service = frozenset({"lambda.amazonaws.com"})
    assert decide(allowing(Principal={"AWS": "*"}), principal=service) == "NONE"
    assert decide(allowing(Principal={"Service": "lambda.amazonaws.com"}), principal=service) == "ALLOW"


def test_not_principal_spares_those_it_names() -> None:
    policy = {"Effect": "Deny", "Action": "*", "Resource": "*", "NotPrincipal": {"AWS": ROLE}}
    assert decide(policy, principal=frozenset({ROLE})) == "NONE"
    assert decide(policy, principal=frozenset({"arn:aws:iam::111122223333:role/other"})) == "DENY"


def test_a_trust_policy_needs_no_resource() -> None:
    policy = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROLE}}
    assert decide(policy, action="sts:AssumeRole", principal=frozenset({ROLE})) == "ALLOW"


def test_a_document_may_hold_one_statement_or_none() -> None:
    assert statements('{"Statement": {"Effect": "Allow"}}') == [{"Effect": "Allow"}]
    assert statements(None) == statements("") == []
    assert evaluate(statements('{"Statement": []}'), Request("a:B", "*")) is Decision.NONE


CONTEXT = {
    "text": ("Team-A",),
    "number": ("5",),
    "date": ("2026-06-01T00:00:00Z",),
    "flag": ("true",),
    "address": ("10.1.2.3",),
    "arn": ("arn:aws:iam::111122223333:role/path/team",),
    "many": ("a", "b"),
    "binary": ("aGk=",),
}


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "met"),
    [
        ("StringEquals", "text", "Team-A", True),
        ("StringEquals", "TEXT", ["x", "Team-A"], True),
        ("StringEquals", "text", "team-a", False),
        ("StringEquals", "text", "Team-*", False),
        ("StringEquals", "missing", "x", False),
        ("StringNotEquals", "text", "x", True),
        ("StringNotEquals", "text", ["x", "Team-A"], False),
        ("StringNotEquals", "missing", "x", True),
        ("StringEqualsIgnoreCase", "text", "team-a", True),
        ("StringNotEqualsIgnoreCase", "text", "team-a", False),
        ("StringLike", "text", "Team-?", True),
        ("StringLike", "text", "${text}", True),
        ("StringNotLike", "text", "T*", False),
        ("StringEqualsIfExists", "missing", "x", True),
        ("StringEqualsIfExists", "text", "x", False),
        ("ArnLike", "arn", "arn:aws:iam::*:role/*", True),
        ("ArnEquals", "arn", "arn:aws:iam::111122223333:role/*", True),
        ("ArnLike", "arn", "arn:aws:*", False),
        ("ArnLike", "arn", "arn:aws:iam::${arn}:role/*", False),
        ("ArnLike", "text", "*", False),
        ("ArnNotLike", "arn", "arn:aws:iam::*:user/*", True),
        ("ArnNotEquals", "arn", "arn:aws:iam::*:role/*", False),
        ("Bool", "flag", True, True),
        ("Bool", "flag", "false", False),
        ("BoolIfExists", "missing", "false", True),
        ("Null", "missing", "true", True),
        ("Null", "text", "true", False),
        ("Null", "text", False, True),
        ("NumericEquals", "number", "5.0", True),
        ("NumericNotEquals", "number", 5, False),
        ("NumericLessThan", "number", 6, True),
        ("NumericLessThanEquals", "number", 5, True),
        ("NumericGreaterThan", "number", 5, False),
        ("NumericGreaterThanEquals", "number", 5, True),
        ("NumericEquals", "text", 5, False),
        ("DateEquals", "date", "2026-06-01T00:00:00Z", True),
        ("DateNotEquals", "date", "2026-06-01T00:00:00Z", False),
        ("DateLessThan", "date", "2027-01-01", True),
        ("DateLessThanEquals", "date", "2026-06-01T00:00:00Z", True),
        ("DateGreaterThan", "date", 0, True),
        ("DateGreaterThanEquals", "date", "2026-06-02T00:00:00Z", False),
        ("DateEquals", "text", "2026-06-01T00:00:00Z", False),
        ("IpAddress", "address", "10.0.0.0/8", True),
        ("NotIpAddress", "address", ["10.0.0.0/8"], False),
        ("IpAddress", "text", "10.0.0.0/8", False),
        ("BinaryEquals", "binary", "aGk=", True),
        ("ForAnyValue:StringEquals", "many", ["b", "c"], True),
        ("ForAnyValue:StringEquals", "many", "c", False),
        ("ForAnyValue:StringEquals", "missing", "c", False),
        ("ForAnyValue:StringNotEquals", "many", "a", True),
        ("ForAllValues:StringEquals", "many", ["a", "b", "c"], True),
        ("ForAllValues:StringEquals", "many", ["a", "c"], False),
        ("ForAllValues:StringEquals", "missing", "a", True),
        ("ForAllValues:StringNotEquals", "many", "a", False),
        ("ForAllValues:StringLikeIfExists", "many", "?", True),
    ],
)
def test_a_condition_operator_means_what_iam_says(operator: str, key: str, wanted: object, met: bool) -> None:
    assert holds({operator: {key: wanted}}, CONTEXT) is met


def test_every_operator_and_key_of_a_condition_must_hold() -> None:
    assert holds({"StringEquals": {"text": "Team-A"}, "Bool": {"flag": "true"}}, CONTEXT)
    assert not holds({"StringEquals": {"text": "Team-A", "number": "6"}}, CONTEXT)


@pytest.mark.parametrize(
    ("operator", "met"),
    [("StringEquals", False), ("ForAnyValue:StringEquals", True), ("ForAllValues:StringEquals", True)],
)
def test_a_key_that_holds_several_values_is_met_by_set_operators_alone(operator: str, met: bool) -> None:
    context = {"events:source": ("hyperpod.teams",)}
    assert holds({operator: {"events:source": "hyperpod.teams"}}, context) is met


@pytest.mark.parametrize("operator", ["StringEqual", "ForSomeValues:StringEquals"])
def test_an_operator_that_iam_does_not_have_is_an_error(operator: str) -> None:
    with pytest.raises(UnknownOperatorError):
        holds({operator: {"text": "x"}}, CONTEXT)
