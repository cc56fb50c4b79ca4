"""Resource types that moto's CloudFormation lacks."""

import json
from collections.abc import Callable
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.core.common_models import CloudFormationModel
from moto.events.models import events_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox.aws.cloudformation.properties import ALARM

Properties = dict[str, Any]


def _alarm(name: str, properties: Properties, account: str, region: str) -> str:
    defaults: Properties = {"dimensions": [], "alarm_actions": [], "description": "", "statistic": None, "period": None}
    given = {argument: properties[key] for key, argument in ALARM.items() if key in properties}
    name = properties.get("AlarmName", name)
    cloudwatch_backends[account][region].put_metric_alarm(name=name, **{**defaults, **given})
    return name


def _bus_policy(name: str, properties: Properties, account: str, region: str) -> str:
    statement = properties.get("Statement") or {
        "Effect": "Allow",
        "Principal": properties["Principal"] if properties["Principal"] == "*" else _root(properties["Principal"]),
        "Action": properties["Action"],
        **({"Condition": properties["Condition"]} if "Condition" in properties else {}),
    }
    bus = events_backends[account][region].describe_event_bus(properties.get("EventBusName", "default"))
    statement = {"Resource": bus.arn, **statement, "Sid": properties["StatementId"]}
    bus.add_policy({"Version": "2012-10-17", "Statement": [statement]})
    return name


def _root(account: str) -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{account}:root"}


def _queue_policy(name: str, properties: Properties, account: str, region: str) -> str:
    for url in properties["Queues"]:
        queue = str(url).rsplit("/", 1)[-1]
        sqs_backends[account][region].set_queue_attributes(queue, {"Policy": json.dumps(properties["PolicyDocument"])})
    return name


def _topic_policy(name: str, properties: Properties, account: str, region: str) -> str:
    for arn in properties["Topics"]:
        sns_backends[account][region].set_topic_attribute(arn, "Policy", json.dumps(properties["PolicyDocument"]))
    return name


def _subscription(name: str, properties: Properties, account: str, region: str) -> str:
    made = sns_backends[account][region].subscribe(
        properties["TopicArn"], properties["Endpoint"], properties["Protocol"]
    )
    return str(made.arn)


def _define(cfn_type: str, create: Callable[[str, Properties, str, str], str]) -> type[CloudFormationModel]:
    """A resource type of its own. The class lives as long as something holds it: see OWN_TYPES."""

    def make(
        cls: type[Any], /, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> Any:
        resource = cls()
        resource.physical_resource_id = create(
            resource_name, cloudformation_json.get("Properties", {}), account_id, region_name
        )
        if cfn_type == "AWS::CloudWatch::Alarm":
            resource.arn = cloudwatch_backends[account_id][region_name].alarms[resource.physical_resource_id].alarm_arn
        return resource

    def attribute(resource: Any, name: str) -> str:
        return str(resource.arn)

    members = {
        "cloudformation_name_type": staticmethod(lambda: ""),
        "cloudformation_type": staticmethod(lambda: cfn_type),
        "create_from_cloudformation_json": classmethod(make),
        "get_cfn_attribute": attribute,
        "has_cfn_attr": classmethod(lambda cls, name: cfn_type == "AWS::CloudWatch::Alarm" and name == "Arn"),
        "physical_resource_id": None,
    }
    return type(cfn_type.replace("::", ""), (CloudFormationModel,), members)


OWN_TYPES = tuple(
    _define(cfn_type, create)
    for cfn_type, create in {
        "AWS::CloudWatch::Alarm": _alarm,
        "AWS::Events::EventBusPolicy": _bus_policy,
        "AWS::SNS::Subscription": _subscription,
        "AWS::SNS::TopicPolicy": _topic_policy,
        "AWS::SQS::QueuePolicy": _queue_policy,
    }.items()
)
"""Held, since moto finds its models among the living subclasses."""
