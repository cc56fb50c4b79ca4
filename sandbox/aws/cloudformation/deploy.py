"""A template as `sam deploy` would bring it to AWS: translated, packaged, created, its functions ready to run."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from sandbox.aws import clients
from sandbox.aws.awslambda.configuration import FunctionConfig
from sandbox.aws.awslambda.functions import Lambdas
from sandbox.aws.cloudformation import resource_types, templates

_PACKAGED = "sandbox-packages"
"""The bucket to which `sam package` would upload; nothing is, the keys are local paths."""

_UPLOADS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


@dataclass(frozen=True)
class Stack:
    """A deployed stack."""

    name: str
    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    """Physical id by logical id (as translated)."""
    functions: tuple[FunctionConfig, ...] = ()


@dataclass
class _Package:
    """A translated template, and the directories that its functions' and layers' code is in."""

    template: dict[str, Any]
    directories: dict[str, Path] = field(default_factory=dict)
    """By logical id."""


class StackFailedError(RuntimeError):
    """CloudFormation could not create the stack."""


def deploy(
    template: Path,
    stack_name: str,
    parameters: Mapping[str, str],
    account: str,
    region: str,
    endpoint_url: str,
    credentials: Mapping[str, str],
    lambdas: Lambdas | None = None,
) -> Stack:
    """Creates a stack of a SAM or plain CloudFormation template in the account of `credentials`.

    `lambdas` gets its functions. CloudFormation is completed (see `cloudformation.install`) for the time of
    it. Raises UnsupportedTemplateError before anything is created, StackFailedError after.
    """
    source = _load(template)
    values = _parameter_values(source, parameters)
    package = _package(source, template.parent, values, account, region)
    resource_types.check(package.template)
    arguments = {"region_name": region, "endpoint_url": endpoint_url, **credentials}
    client = clients.client("cloudformation", **arguments)
    undo = resource_types.install()
    try:
        resources, outputs = _create(client, stack_name, package.template, values)
    finally:
        undo()
    functions = _functions(package, resources, clients.client("lambda", **arguments))
    for function in functions:
        if lambdas is not None:
            lambdas.register(function)
    return Stack(stack_name, outputs, resources, functions)


def _create(
    client: Any, stack_name: str, template: Mapping[str, Any], values: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Creates the stack; its resources' physical ids and its outputs. Raises StackFailedError."""
    try:
        client.create_stack(
            StackName=stack_name,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as error:
        # As SAM does it, which takes a stack that has been rolled back out of the way.
        with suppress(ClientError):
            client.delete_stack(StackName=stack_name)
        raise StackFailedError(f"{stack_name}: {error}") from error
    stack = client.describe_stacks(StackName=stack_name)["Stacks"][0]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise StackFailedError(f"{stack_name}: {stack['StackStatus']} {stack.get('StackStatusReason', '')}")
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_name)
    resources = {
        summary["LogicalResourceId"]: summary["PhysicalResourceId"]
        for page in pages
        for summary in page["StackResourceSummaries"]
    }
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return resources, outputs


def _load(template: Path) -> dict[str, Any]:
    """The template as plain JSON: YAML makes dates of policy versions."""
    return dict(json.loads(json.dumps(templates.parse(template.read_text()), default=str)))


def _parameter_values(source: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Every parameter's value. Raises StackFailedError for an unknown, missing or disallowed one."""
    declared = source.get("Parameters", {})
    if unknown := sorted(set(given) - set(declared)):
        raise StackFailedError(f"the template has no parameter {', '.join(unknown)}")
    values = {name: str(given.get(name, slot.get("Default", _MISSING))) for name, slot in declared.items()}
    for name, value in values.items():
        slot = declared[name]
        if value is _MISSING:
            raise StackFailedError(f"parameter {name} has no value")
        if len(value.encode()) > min(_LONGEST, int(slot.get("MaxLength", _LONGEST))):
            raise StackFailedError(f"parameter {name} is too long")
        # Of a list each value is looked at by itself (CloudFormation user guide, "Parameters", AllowedValues).
        each = value.split(",") if slot["Type"] == "CommaDelimitedList" else [value]
        if "AllowedValues" in slot and not set(each) <= set(map(str, slot["AllowedValues"])):
            raise StackFailedError(f"parameter {name} may not be {value!r}")
        if "AllowedPattern" in slot and not re.fullmatch(slot["AllowedPattern"], value):
            raise StackFailedError(f"parameter {name} may not be {value!r}")
    return values


_MISSING = "(no value)"
_LONGEST = 4096
"""Bytes of a parameter's value (CloudFormation user guide, "Understand CloudFormation quotas")."""


def _package(source: dict[str, Any], root: Path, values: dict[str, str], account: str, region: str) -> _Package:
    if "Transform" not in source:
        return _Package(source)
    defaults = source.get("Globals", {}).get("Function", {})
    for resource in source["Resources"].values():
        upload = _UPLOADS.get(resource["Type"])
        properties = resource.setdefault("Properties", {})
        path = properties.get(upload, defaults.get(upload)) if upload else None
        if isinstance(path, str):
            properties[upload] = f"s3://{_PACKAGED}/{(root / path).resolve()}"
    pseudo = {"AWS::Region": region, "AWS::AccountId": account, "AWS::Partition": "aws"}
    session = boto3.session.Session(region_name=region)
    # The translator's own list of AWS managed policies is enough.
    translated = Translator(None, Parser(), boto_session=session).translate(
        source, {**values, **pseudo}, get_managed_policy_map=dict
    )
    # Through JSON, so that nothing of the translator's own types remains.
    return _unpack(json.loads(json.dumps(translated)))


def _unpack(template: dict[str, Any]) -> _Package:
    """Puts placeholders where uploads are named: processes run the local directory; definitions are read."""
    package = _Package(template)
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        for name in ("Code", "Content"):
            uploaded = properties.get(name, {})
            if uploaded.get("S3Bucket") == _PACKAGED:
                package.directories[logical_id] = Path("/" + uploaded["S3Key"].lstrip("/"))
                properties[name] = {"ZipFile": "bm8gY29kZQ==" if name == "Content" else "# runs from its directory"}
        location = properties.get("DefinitionS3Location", {})
        if location.get("Bucket") == _PACKAGED:
            del properties["DefinitionS3Location"]
            properties["DefinitionString"] = Path("/" + location["Key"].lstrip("/")).read_text()
    return package


def _functions(package: _Package, resources: Mapping[str, str], client: Any) -> tuple[FunctionConfig, ...]:
    layers = {
        resources[logical_id]: directory
        for logical_id, directory in package.directories.items()
        if package.template["Resources"][logical_id]["Type"] == "AWS::Lambda::LayerVersion"
    }
    functions = []
    for logical_id, resource in package.template["Resources"].items():
        if resource["Type"] != "AWS::Lambda::Function" or logical_id not in resources:
            continue
        deployed = client.get_function_configuration(FunctionName=resources[logical_id])
        functions.append(
            FunctionConfig(
                name=deployed["FunctionName"],
                arn=deployed["FunctionArn"].removesuffix(":$LATEST"),
                handler=deployed["Handler"],
                code=package.directories[logical_id],
                # CloudFormation hands on numbers as text.
                environment={k: str(v) for k, v in deployed.get("Environment", {}).get("Variables", {}).items()},
                role_arn=deployed["Role"],
                timeout=float(deployed["Timeout"]),
                memory=int(deployed["MemorySize"]),
                layers=tuple(layers[layer["Arn"]] for layer in deployed.get("Layers", []) if layer["Arn"] in layers),
                runtime=deployed["Runtime"],
                # moto does not keep it.
                log_format=resource["Properties"].get("LoggingConfig", {}).get("LogFormat", "Text"),
            )
        )
    return tuple(functions)
