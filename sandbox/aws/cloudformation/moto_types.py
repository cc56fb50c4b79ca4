"""What moto's own CloudFormation models leave out or get wrong."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from moto.awslambda.models import LambdaFunction, LayerVersion
from moto.awslambda.utils import get_backend as lambda_backend
from moto.cloudformation.exceptions import ValidationError
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.events.models import EventBus, events_backends
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, Role, iam_backends
from moto.logs.models import LogGroup
from moto.s3.models import FakeBucket, s3_backends
from moto.sns.models import Topic
from moto.ssm.models import Parameter
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from sandbox.aws.iam.principals import unique_id
from sandbox.aws.moto.installation import current
from sandbox.aws.moto.patches import Patches

Properties = dict[str, Any]

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Amazon S3 user guide, "Bucket naming rules"."""


def _tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


def _lower(value: Any) -> Any:
    """CloudFormation's PascalCase keys as the camelCase ones of the service's API."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _lower(item) for key, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value


# What moto's own models leave out, done after they have made the resource.


def _finish_role(role: Role, properties: Properties, account: str, region: str) -> None:
    """Upstream: ManagedPolicyArns are ignored; AWS's own policies are not there unless all are loaded."""
    role.policies = {
        name: policy if isinstance(policy, str) else json.dumps(policy) for name, policy in role.policies.items()
    }
    backend = iam_backends[account]["aws"]
    for arn in properties.get("ManagedPolicyArns", []):
        if arn not in backend.managed_policies and ":iam::aws:policy/" in arn:
            name = arn.rsplit("/", 1)[1]
            data = json.loads(aws_managed_policies_data)[name]
            backend.managed_policies[arn] = AWSManagedPolicy.from_data(name, account, region, data)
        backend.attach_role_policy(arn, role.name)


def _finish_bus(bus: EventBus, properties: Properties, account: str, region: str) -> None:
    """Upstream: everything but the name is ignored."""
    bus.description = properties.get("Description")
    bus.kms_key_identifier = properties.get("KmsKeyIdentifier")
    bus.dead_letter_config = properties.get("DeadLetterConfig")
    backend = events_backends[account][region]
    if properties.get("Tags"):
        backend.tagger.tag_resource(bus.arn, properties["Tags"])
    if properties.get("Policy"):
        bus.add_policy(properties["Policy"])


def _finish_table(table: Table, properties: Properties, account: str, region: str) -> None:
    """Upstream: point-in-time recovery and time to live are ignored, and encryption has the API's field name."""
    backend = dynamodb_backends[account][region]
    if encryption := properties.get("SSESpecification"):
        table.sse_specification = {**encryption, "Enabled": encryption["SSEEnabled"]}
    if recovery := properties.get("PointInTimeRecoverySpecification"):
        backend.update_continuous_backups(table.name, recovery)
    if expiry := properties.get("TimeToLiveSpecification"):
        backend.update_time_to_live(table.name, expiry)


def _finish_log_group(group: LogGroup, properties: Properties, account: str, region: str) -> None:
    """Upstream: the key is ignored."""
    group.kms_key_id = properties.get("KmsKeyId")


def _finish_topic(topic: Topic, properties: Properties, account: str, region: str) -> None:
    """Upstream: tags are ignored."""
    topic._tags = properties.get("Tags", [])


def _finish_bucket(bucket: FakeBucket, properties: Properties, account: str, region: str) -> None:
    """Upstream: the public access block is ignored, and any name is taken. (Nothing is old enough to expire here.)"""
    if not _BUCKET_NAME.fullmatch(bucket.name):
        raise ValidationError(message=f"InvalidBucketName: {bucket.name}")
    if block := properties.get("PublicAccessBlockConfiguration"):
        s3_backends[account]["aws"].put_public_access_block(bucket.name, block)


# Creation that replaces moto's own.


def _make_state_machine(name: str, properties: Properties, account: str, region: str) -> Any:
    """Upstream: state machines land in the backend that does not execute, without substitutions and settings."""
    definition = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    for token, value in properties.get("DefinitionSubstitutions", {}).items():
        definition = definition.replace("${" + token + "}", str(value))
    settings = {key: _lower(properties.get(key[0].upper() + key[1:])) for key in _SETTINGS}
    return stepfunctions_parser_backends[account][region].create_state_machine(
        properties.get("StateMachineName", name),
        definition,
        properties["RoleArn"],
        tags=_lower(properties.get("Tags", [])),
        sm_type=properties.get("StateMachineType", "STANDARD"),
        **settings,
    )


_SETTINGS = ("loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")


def _make_function(name: str, properties: Properties, account: str, region: str) -> Any:
    """Upstream: layers, architecture, tracing, tags and more are ignored."""
    # CloudFormation tries again until Lambda can assume a role that was just made; for an access entry it does not.
    if unique_id(properties["Role"]) is None:
        current().clock.sleep(current().delays.role_visible)
    body = LambdaFunction._create_zipfile_from_plaintext_code(properties["Code"]["ZipFile"])
    spec = {**properties, "FunctionName": name, "Code": {"ZipFile": base64.b64encode(body).decode()}}
    return lambda_backend(account, region).create_function({**spec, "Tags": _tags(properties)})


def _make_layer(name: str, properties: Properties, account: str, region: str) -> Any:
    """Upstream: architectures are ignored."""
    return lambda_backend(account, region).publish_layer_version({**properties, "LayerName": name})


def _make_parameter(name: str, properties: Properties, account: str, region: str) -> Any:
    """Upstream: fails without a name."""
    json_ = {"Properties": {**properties, "Name": name}}
    return _ORIGINAL_PARAMETER.__func__(Parameter, name, json_, account, region)


_ORIGINAL_PARAMETER = vars(Parameter)["create_from_cloudformation_json"]


_FINISHED: dict[type[Any], Callable[[Any, Properties, str, str], None]] = {
    Role: _finish_role,
    EventBus: _finish_bus,
    Table: _finish_table,
    LogGroup: _finish_log_group,
    Topic: _finish_topic,
    FakeBucket: _finish_bucket,
}
_MADE: dict[type[Any], Callable[[str, Properties, str, str], Any]] = {
    StateMachine: _make_state_machine,
    LambdaFunction: _make_function,
    LayerVersion: _make_layer,
    Parameter: _make_parameter,
}


def _finishing(original: Any, finish: Callable[[Any, Properties, str, str], None]) -> Any:
    def make(cls: type[Any], /, name: str, json_: Any, account_id: str, region_name: str, **kwargs: Any) -> Any:
        resource = original.__func__(cls, name, json_, account_id, region_name, **kwargs)
        finish(resource, json_.get("Properties", {}), account_id, region_name)
        return resource

    return classmethod(make)


def _making(create: Callable[[str, Properties, str, str], Any]) -> Any:
    def make(cls: type[Any], /, name: str, json_: Any, account_id: str, region_name: str, **_: Any) -> Any:
        return create(name, json_.get("Properties", {}), account_id, region_name)

    return classmethod(make)


def install(patches: Patches) -> None:
    """Completes the models."""
    method = "create_from_cloudformation_json"
    for model, finish in _FINISHED.items():
        patches.replace(model, method, _finishing(vars(model)[method], finish))
    for model, create in _MADE.items():
        patches.replace(model, method, _making(create))
    # Upstream: neither a bus nor a layer version has a physical id, so that Ref breaks.
    patches.replace(EventBus, "physical_resource_id", property(lambda self: self.name))
    patches.replace(LayerVersion, "physical_resource_id", property(lambda self: self.arn))
    patches.replace(LogGroup, "get_cfn_attribute", _log_group_attribute(LogGroup.get_cfn_attribute))
    patches.replace(StateMachine, "get_cfn_attribute", _state_machine_attribute(StateMachine.get_cfn_attribute))
    patches.replace(StateMachine, "has_cfn_attr", classmethod(lambda cls, attr: attr in ("Arn", "Name")))


def _log_group_attribute(original: Any) -> Any:
    def get(self: LogGroup, attribute_name: str) -> Any:
        """Upstream: GetAtt Arn lacks the `:*` that stands for the group's streams."""
        return f"{self.arn}:*" if attribute_name == "Arn" else original(self, attribute_name)

    return get


def _state_machine_attribute(original: Any) -> Any:
    def get(self: StateMachine, attribute_name: str) -> Any:
        """Upstream: no GetAtt Arn."""
        return self.arn if attribute_name == "Arn" else original(self, attribute_name)

    return get
