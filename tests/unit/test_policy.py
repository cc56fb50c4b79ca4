"""Policies that mean the same compare equal, whatever way AWS returns them."""

import json

import pytest

from onboarding import policy


def test_order_in_lists_and_keys_means_nothing() -> None:
    one = {"Effect": "Allow", "Action": ["s3:b", "s3:a"], "Resource": "*"}
    other = {"Resource": "*", "Action": ["s3:a", "s3:b"], "Effect": "Allow"}
    assert policy.text(policy.document(one)) == policy.text(policy.document(other))


def test_a_list_of_one_is_its_element_everywhere() -> None:
    listed = {
        "Action": ["s3:a"],
        "Principal": {"AWS": ["arn:one"]},
        "Condition": {"StringEquals": {"aws:SourceAccount": ["1"]}},
    }
    plain = {
        "Action": "s3:a",
        "Principal": {"AWS": "arn:one"},
        "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
    }
    assert policy.canonical_statement(listed) == policy.canonical_statement(plain)


def test_text_and_document_are_one() -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:a"}]}
    assert policy.canonical(json.dumps(document)) == policy.canonical(document)


def test_a_single_statement_may_stand_without_a_list() -> None:
    statement = {"Effect": "Allow", "Action": "s3:a"}
    assert policy.canonical({"Statement": statement})["Statement"] == [statement]


def test_the_order_of_statements_is_kept() -> None:
    first, second = {"Sid": "b"}, {"Sid": "a"}
    assert policy.document(first, second)["Statement"] == [first, second]


@pytest.mark.parametrize(
    "other", [{"Action": "s3:b"}, {"Action": "s3:a", "Condition": {}}, {"Action": ["s3:a", "s3:b"]}]
)
def test_policies_that_differ_compare_different(other: dict[str, object]) -> None:
    assert policy.document({"Action": "s3:a"}) != policy.document(other)


def test_canonical_twice_is_canonical_once() -> None:
    once = policy.document({"Action": ["s3:b", "s3:a"], "Resource": ["*"]})
    assert policy.canonical(once) == once


def test_text_is_compact_since_limits_count_characters() -> None:
    assert policy.text({"b": [1, 2], "a": "x"}) == '{"a":"x","b":[1,2]}'
