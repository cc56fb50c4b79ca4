"""What AWS itself does as the stack's roles, and no call of the sandbox shows: told from the template's properties.

Each follows from a property: without the tracing, the log group, the subnets or the nested execution the permission
would be unused, and is reported so.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.aws.cloudformation import templates
from sandbox.aws.eventbridge.rules import forwarded
from sandbox.runtime.call_log import Need
from sandbox.scenery import accounts

_ROOT = Path(__file__).parents[2]
_NESTED = "states:startExecution.sync"

TRACING = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
"""Lambda developer guide, "Visualize Lambda function invocations using AWS X-Ray"."""

SAMPLING = ("xray:GetSamplingRules", "xray:GetSamplingTargets")
"""Step Functions developer guide, "Trace Step Functions request data in AWS X-Ray"."""

NETWORK = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
"""Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC"."""

LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
"""Step Functions developer guide, "Using CloudWatch Logs to log execution history"."""

NESTED = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
"""Step Functions developer guide, "IAM policies for StartExecution (.sync)"."""


def service_needs(parameters: Mapping[str, str]) -> Iterator[tuple[str, Need]]:
    """Role name and need of everything that AWS does as a role of the stack, deployed with these parameters."""
    template = templates.parse((_ROOT / "template.yaml").read_text())
    shared = template["Globals"]["Function"]
    for name, resource in template["Resources"].items():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind == "AWS::Serverless::Function" and _chosen(resource, template, parameters):
            yield from _function(name, {**shared, **properties}, bool(parameters.get("SubnetIds")))
        if kind == "AWS::Serverless::StateMachine" and _chosen(resource, template, parameters):
            yield from _machine(properties, template["Resources"])
    yield from _forwarding()


def _chosen(resource: Mapping[str, Any], template: Mapping[str, Any], parameters: Mapping[str, str]) -> bool:
    """Whether a function or a machine is there: one that is a choice says what one of these parameters must be."""
    if "Condition" not in resource:
        return True
    compared, wanted = template["Conditions"][resource["Condition"]]["Fn::Equals"]
    name = compared["Ref"]
    return bool(parameters.get(name, template["Parameters"][name]["Default"]) == wanted)


def _function(logical_id: str, properties: Mapping[str, Any], in_vpc: bool) -> Iterator[tuple[str, Need]]:
    name = _name(properties["FunctionName"])
    group = f"{_arn('logs')}:log-group:/aws/lambda/{name}"
    yield name, Need("logs:CreateLogStream", f"{group}:*")
    yield name, Need("logs:PutLogEvents", f"{group}:log-stream:2026/01/01/[$LATEST]00000000")
    if properties.get("Tracing") == "Active":
        yield from ((name, Need(action, "*")) for action in TRACING)
    if in_vpc and "VpcConfig" in properties:
        yield from ((name, Need(action, "*")) for action in NETWORK)


def _machine(properties: Mapping[str, Any], others: Mapping[str, Any]) -> Iterator[tuple[str, Need]]:
    name = _name(properties["Name"])
    if properties.get("Logging", {}).get("Level", "OFF") != "OFF":
        yield from ((name, Need(action, "*")) for action in LOG_DELIVERY)
    if properties.get("Tracing", {}).get("Enabled"):
        yield from ((name, Need(action, "*")) for action in (*TRACING, *SAMPLING))
    states = list(_states(json.loads((_ROOT / properties["DefinitionUri"]).read_text())))
    nested = {state["Arguments"]["StateMachineArn"] for state in states if _NESTED in str(state.get("Resource"))}
    for substitution in sorted(nested):
        rule = f"{_arn('events')}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
        yield from ((name, Need(action, rule)) for action in NESTED)
        # It asks after the nested execution, and stops it when it is stopped itself.
        machine = properties["DefinitionSubstitutions"][substitution.strip("${}")]["Ref"]
        execution = f"{_arn('states')}:execution:{_name(others[machine]['Properties']['Name'])}:00000000"
        yield name, Need("states:DescribeExecution", execution)
        yield name, Need("states:StopExecution", execution)
    if any(state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED" for state in states):
        # Each item is an execution of the machine itself, under the Map's label; it is stopped with the Map.
        yield name, Need("states:StartExecution", f"{_arn('states')}:stateMachine:{name}")
        for executions in (name, f"{name}/label"):
            for action in ("states:DescribeExecution", "states:StopExecution"):
                yield name, Need(action, f"{_arn('states')}:execution:{executions}:00000000")


def _states(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every state, those within others too."""
    for state in definition["States"].values():
        yield state
        inner = [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]
        for part in inner:
            yield from _states(part)


def _forwarding() -> Iterator[tuple[str, Need]]:
    """What the management account's rule hands on to the stack's bus."""
    rule = templates.parse((_ROOT / "accounts" / "management.yaml").read_text())["Resources"]["AccountEventsRule"]
    pattern = rule["Properties"]["EventPattern"]
    role, bus = f"hyperpod-onboarding-forward-{accounts.ORGANIZATION_REGION}", f"{_arn('events')}:event-bus"
    for source in pattern["source"]:
        for kind in pattern["detail-type"]:
            event = {"source": source, "detail-type": kind}
            yield role, Need("events:PutEvents", f"{bus}/{accounts.STACK}-teams", forwarded(event))


def _name(sub: Any) -> str:
    text = sub["Fn::Sub"] if isinstance(sub, dict) else str(sub)
    return str(text).replace("${AWS::StackName}", accounts.STACK)


def _arn(service: str) -> str:
    return f"arn:aws:{service}:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}"
