"""Holds every policy against the service authorization reference: actions, resources and condition keys that there are.

cfn-lint does not look at conditions: a statement whose key never comes with its action may never be met.
"""

import json
from collections.abc import Iterator
from typing import Any

from botocore.session import get_session

from sandbox.aws.gateway import reference
from sandbox.aws.gateway.policy import Statement, statements
from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from tests.contracts.stack import as_list

MAY_BE_ABSENT = {
    "eks:kubernetesGroups": "an access entry without groups gives nobody anything",
    "eks:namespaces": "EKS takes no access scope `namespace` without namespaces (EKS API reference, AccessScope)",
}
"""Keys for which ForAllValues may hold of nothing, with the reason."""

ONE_OF = {("states:DescribeExecution", "express"), ("states:DescribeExecution", "execution")}
"""Actions and types of resource that are published as always asked for, and are not: an execution is of one of the two
(Step Functions developer guide, "Standard and Express workflow types")."""

Document = dict[str, Any]


def documents(cloud: Cloud, world: dict[str, Any]) -> Iterator[tuple[str, str, Document]]:
    """Name, resource that it is attached to (empty for an identity's policy), and policy: all that there are."""
    for account, held in world.items():
        for name, role in held.get("roles", {}).items():
            yield f"trust of {name}", f"arn:aws:iam::{account}:role{role['path']}{name}", role["trust"]
            for policy, document in role["inline"].items():
                yield f"{policy} of {name}", "", document
        for arn, document in held.get("policies", {}).items():
            yield arn, "", document
        for name, bucket in held.get("buckets", {}).items():
            if bucket["policy"]:
                yield f"policy of {name}", f"arn:aws:s3:::{name}", bucket["policy"]
        for name, point in held.get("access points", {}).items():
            arn = f"arn:aws:s3:{accounts.REGION}:{account}:accesspoint/{name}"
            yield f"policy of {name}", arn, point["policy"]
    events = cloud.client("events")
    for bus in events.list_event_buses()["EventBuses"]:
        if "Policy" in bus:
            yield f"policy of {bus['Name']}", bus["Arn"], json.loads(bus["Policy"])
    for account in (accounts.CLUSTER_ACCOUNT, accounts.MANAGEMENT_ACCOUNT):
        sqs = cloud.client("sqs", account)
        for url in sqs.list_queues().get("QueueUrls", []):
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy", "QueueArn"])["Attributes"]
            yield f"policy of {url}", attributes["QueueArn"], json.loads(attributes["Policy"])


def grants(world: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Name and operations of every key grant."""
    for held in world.values():
        for key in held.get("keys", {}).values():
            for grant in key["grants"]:
                yield grant["name"], grant["operations"]


def unknown_operations(operations: list[str]) -> list[str]:
    """The operations that no grant can have, by botocore's model."""
    shape: Any = get_session().get_service_model("kms").shape_for("GrantOperation")
    return sorted(set(operations) - set(shape.enum))


def findings(name: str, attached: str, document: Document) -> list[str]:
    """What is wrong with a policy, a sentence each."""
    found = [sentence for statement in statements(document) for sentence in _of_statement(statement, attached)]
    return [f"{name}: {sentence}" for sentence in found]


def _of_statement(statement: Statement, attached: str) -> Iterator[str]:
    resources = [str(each) for each in as_list(statement.get("Resource", attached))]
    patterns = [str(each) for each in as_list(statement["Action"])]
    actions = [action for pattern in patterns for action in reference.actions_like(pattern)]
    for pattern in patterns:
        if not reference.actions_like(pattern):
            yield f"there is no action {pattern}"
    for resource in resources:
        if not any(reference.fits(action, resource) for action in actions):
            yield f"none of its actions is about {resource}"
    for action in actions if actions == patterns else ():
        yield from _missing_types(action, resources)
        yield from _unsupplied(action, resources, statement)
    yield from _wrong_quantifiers(statement)


def _missing_types(action: str, resources: list[str]) -> Iterator[str]:
    if not any(reference.fits(action, resource) for resource in resources):
        yield f"{action} is about none of its resources"
    for kind, pattern in reference.required_types(action).items():
        if (action, kind) not in ONE_OF and not any(reference.meet(pattern, resource) for resource in resources):
            yield f"{action} also asks for a resource of type {kind}"


def _unsupplied(action: str, resources: list[str], statement: Statement) -> Iterator[str]:
    ours = [resource for resource in resources if reference.fits(action, resource)]
    for operator, keys in statement.get("Condition", {}).items():
        for key in keys if not operator.endswith("IfExists") else ():
            if not any(reference.comes_with(action, resource, key) for resource in ours):
                yield f"{action} does not come with {key}"


def _wrong_quantifiers(statement: Statement) -> Iterator[str]:
    condition = statement.get("Condition", {})
    present = {key for key, wanted in condition.get("Null", {}).items() if as_list(wanted) == ["false"]}
    for operator, keys in condition.items():
        quantifier = operator.rpartition(":")[0]
        for key in keys if operator != "Null" else ():
            if reference.holds_several(key) != bool(quantifier):
                yield f"{key} holds {'one value' if quantifier else 'several values'}, and {operator} is not for that"
            if quantifier == "ForAllValues" and key not in present and key not in MAY_BE_ABSENT:
                yield f"{operator} holds also where {key} is absent"
