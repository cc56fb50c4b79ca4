"""Templates as deployed."""

import json
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.awslambda import invocation
from sandbox.aws.awslambda.functions import Lambdas
from sandbox.aws.cloudformation import resource_types
from sandbox.aws.cloudformation.deploy import Stack, StackFailedError, deploy
from sandbox.aws.cloudformation.properties import UnsupportedTemplateError
from sandbox.aws.gateway.operators import why_not
from sandbox.aws.stepfunctions import interpreter
from sandbox.runtime.clock import Clock
from sandbox.runtime.processes import Processes
from tests.sandbox.engine_server import ACCOUNT, CREDENTIALS, REGION, credentials

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Parameters:
  Colour: {Type: String, Default: blue}
  Boundary: {Type: String, Default: ""}
  Subnets: {Type: CommaDelimitedList, Default: "subnet-1,subnet-2"}
  Retention: {Type: Number, Default: 30}
Conditions:
  HasBoundary: !Not [!Equals [!Ref Boundary, ""]]
Globals:
  Function:
    Runtime: python3.13
    Timeout: 20
    Environment: {Variables: {COLOUR: !Ref Colour}}
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer/, CompatibleRuntimes: [python3.13]}
  ToyRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "${AWS::StackName}-toy"
      PermissionsBoundary: !If [HasBoundary, !Ref Boundary, !Ref AWS::NoValue]
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
      Policies:
        - PolicyName: table
          PolicyDocument:
            Version: 2012-10-17
            Statement: [{Effect: Allow, Action: "dynamodb:GetItem", Resource: !GetAtt Table.Arn}]
      Tags: [{Key: team, Value: !Join [",", !Ref Subnets]}]
  ToyPolicy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: queue
      Roles: [!Ref ToyRole]
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: "sqs:SendMessage", Resource: !GetAtt Queue.Arn}]
  Edge:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: !Sub "${AWS::StackName}-edge"
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: "*", Resource: "*"}]
  Toy:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: toy/
      Handler: app.handler
      Role: !GetAtt ToyRole.Arn
      MemorySize: 256
      Architectures: [arm64]
      Tracing: Active
      Layers: [!Ref Layer]
      Environment: {Variables: {TABLE: !Ref Table, SUBNETS: !Join [" ", !Ref Subnets]}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: team, AttributeType: S}]
      KeySchema: [{AttributeName: team, KeyType: HASH}]
      SSESpecification: {SSEEnabled: true}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: !Sub "${AWS::StackName}-machine"
      DefinitionUri: machine.asl.json
      DefinitionSubstitutions: {ToyArn: !GetAtt Toy.Arn, Table: !Ref Table, Retention: !Ref Retention}
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref Toy}}]
      Logging:
        Level: ALL
        IncludeExecutionData: true
        Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: !Sub "${Log.Arn}:*"}}]
      Events:
        Created:
          Type: EventBridgeRule
          Properties:
            EventBusName: !Ref Bus
            Pattern: {source: [hyperpod.teams]}
            DeadLetterConfig: {Arn: !GetAtt Queue.Arn}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: !Sub "${AWS::StackName}-bus", Description: teams}}
  BusPolicy:
    Type: AWS::Events::EventBusPolicy
    Properties:
      EventBusName: !Ref Bus
      StatementId: scientists
      Statement: {Effect: Allow, Principal: {AWS: "arn:aws:iam::444455556666:root"}, Action: events:PutEvents,
                  Resource: !GetAtt Bus.Arn}
  Log: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: !Ref Retention, KmsKeyId: !GetAtt Key.Arn}}
  Key:
    Type: AWS::KMS::Key
    Properties: {EnableKeyRotation: true, KeyPolicy: {Version: 2012-10-17, Statement: []}}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/toy, TargetKeyId: !Ref Key}}
  Queue: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600, SqsManagedSseEnabled: true}}
  QueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sqs:SendMessage,
             Resource: !GetAtt Queue.Arn}
  Topic: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: alias/aws/sns}}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "${AWS::StackName}-failed"
      Namespace: AWS/States
      MetricName: ExecutionsFailed
      Dimensions: [{Name: StateMachineArn, Value: !Ref Machine}]
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref Topic]
  Dashboard:
    Type: AWS::CloudWatch::Dashboard
    Properties: {DashboardName: toy, DashboardBody: !Sub '{"widgets": [], "start": "${AWS::Region}"}'}
  Parameter: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !GetAtt Machine.Arn}}
Outputs:
  MachineArn: {Value: !Ref Machine}
  MachineName: {Value: !GetAtt Machine.Name}
  BusName: {Value: !Ref Bus}
  ParameterName: {Value: !Ref Parameter}
  QueueUrl: {Value: !Ref Queue}
"""
DEFINITION = {
    "QueryLanguage": "JSONata",
    "StartAt": "Call",
    "States": {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "${ToyArn}", "Payload": {"team": "{% $states.input.team %}"}},
            "Output": {"seen": "{% $states.result.Payload %}", "table": "${Table}"},
            "End": True,
        }
    },
}
HANDLER = """
import os
import shared

def handler(event, context):
    return {"team": event["team"], "colour": os.environ["COLOUR"], "subnets": os.environ["SUBNETS"],
            "layer": shared.NAME}
"""


@pytest.fixture(autouse=True)
def completed_cloudformation() -> Iterator[None]:
    undo = resource_types.install()
    yield
    undo()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "app.py").write_text(HANDLER)
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "layer" / "python" / "shared.py").write_text("NAME = 'shared'\n")
    (tmp_path / "machine.asl.json").write_text(json.dumps(DEFINITION))
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path / "template.yaml"


@pytest.fixture
def lambdas(endpoint: str, processes: Processes) -> Iterator[Lambdas]:
    made = Lambdas(endpoint, credentials, processes)
    undo = invocation.install(made, Clock())
    yield made
    undo()
    made.stop()


@pytest.fixture
def stack(project: Path, endpoint: str, lambdas: Lambdas) -> Stack:
    return deploy(project, "toys", {"Colour": "red"}, ACCOUNT, REGION, endpoint, CREDENTIALS, lambdas)


def deploy_plain(tmp_path: Path, endpoint: str, resources: str, **parameters: str) -> Stack:
    template = tmp_path / "plain.yaml"
    template.write_text(textwrap.dedent(resources))
    return deploy(template, "plain", parameters, ACCOUNT, REGION, endpoint, CREDENTIALS)


def test_functions_have_what_the_template_gives_them(stack: Stack, project: Path) -> None:
    (toy,) = stack.functions
    assert toy.code == project.parent / "toy"
    assert toy.layers == (project.parent / "layer",)
    assert toy.environment == {"COLOUR": "red", "TABLE": stack.resources["Table"], "SUBNETS": "subnet-1 subnet-2"}
    assert toy.role_arn == f"arn:aws:iam::{ACCOUNT}:role/toys-toy"
    assert (toy.timeout, toy.memory, toy.handler, toy.runtime) == (20.0, 256, "app.handler", "python3.13")


def test_the_function_keeps_its_architecture_tracing_and_layers(stack: Stack, client: Callable[[str], Any]) -> None:
    deployed = client("lambda").get_function_configuration(FunctionName=stack.functions[0].name)
    assert deployed["Architectures"] == ["arm64"]
    assert deployed["TracingConfig"] == {"Mode": "Active"}
    assert len(deployed["Layers"]) == 1


def test_invoke_by_the_lambda_api_runs_the_function(stack: Stack, client: Callable[[str], Any]) -> None:
    answer = client("lambda").invoke(FunctionName=stack.functions[0].name, Payload=b'{"team": "vision"}')
    assert json.loads(answer["Payload"].read())["team"] == "vision"
    failed = client("lambda").invoke(FunctionName=stack.functions[0].name, Payload=b"{}")
    assert failed["FunctionError"] == "Unhandled"
    assert json.loads(failed["Payload"].read())["errorType"] == "KeyError"


def test_the_deployed_state_machine_calls_the_deployed_function(
    stack: Stack, endpoint: str, client: Callable[[str], Any]
) -> None:
    undo = interpreter.install(Clock(), credentials, why_not, endpoint)
    try:
        states = client("stepfunctions")
        arn = states.start_execution(stateMachineArn=stack.outputs["MachineArn"], input='{"team": "vision"}')
        while (execution := states.describe_execution(executionArn=arn["executionArn"]))["status"] == "RUNNING":
            pass
    finally:
        undo()
    assert json.loads(execution["output"]) == {
        "seen": {"team": "vision", "colour": "red", "subnets": "subnet-1 subnet-2", "layer": "shared"},
        "table": stack.resources["Table"],
    }


def test_roles_have_their_policies_tags_and_name(stack: Stack, client: Callable[[str], Any]) -> None:
    iam = client("iam")
    role = iam.get_role(RoleName="toys-toy")["Role"]
    assert role["Tags"] == [{"Key": "team", "Value": "subnet-1,subnet-2"}]
    assert "PermissionsBoundary" not in role
    assert role["AssumeRolePolicyDocument"]["Version"] == "2012-10-17"
    policy = iam.get_role_policy(RoleName="toys-toy", PolicyName="table")["PolicyDocument"]
    assert policy["Statement"][0]["Resource"].endswith(f"table/{stack.resources['Table']}")
    policy = iam.get_role_policy(RoleName="toys-toy", PolicyName="queue")["PolicyDocument"]
    assert policy["Statement"][0]["Action"] == "sqs:SendMessage"
    edge = iam.get_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/toys-edge")["Policy"]
    assert stack.resources["Edge"] == edge["Arn"]
    (attached,) = iam.list_attached_role_policies(RoleName="toys-toy")["AttachedPolicies"]
    assert attached["PolicyName"] == "AWSLambdaBasicExecutionRole"


def test_a_permissions_boundary_arrives(project: Path, endpoint: str, client: Callable[[str], Any]) -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/edge"
    deploy(project, "toys", {"Boundary": boundary}, ACCOUNT, REGION, endpoint, CREDENTIALS)
    role = client("iam").get_role(RoleName="toys-toy")["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


def test_the_table_is_encrypted_recoverable_and_expires_items(stack: Stack, client: Callable[[str], Any]) -> None:
    table, dynamodb = stack.resources["Table"], client("dynamodb")
    assert dynamodb.describe_table(TableName=table)["Table"]["SSEDescription"]["Status"] == "ENABLED"
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    expiry = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}


def test_the_rule_is_on_the_stacks_own_bus_with_its_queue(stack: Stack, client: Callable[[str], Any]) -> None:
    events = client("events")
    (rule,) = events.list_rules(EventBusName="toys-bus")["Rules"]
    (target,) = events.list_targets_by_rule(EventBusName="toys-bus", Rule=rule["Name"])["Targets"]
    assert target["Arn"] == stack.outputs["MachineArn"]
    assert target["DeadLetterConfig"]["Arn"].endswith(stack.outputs["QueueUrl"].rsplit("/", 1)[1])
    policy = json.loads(events.describe_event_bus(Name="toys-bus")["Policy"])
    assert policy["Statement"][0]["Sid"] == "scientists"


def test_alarms_queues_logs_and_parameters_are_as_written(stack: Stack, client: Callable[[str], Any]) -> None:
    (alarm,) = client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarm["Dimensions"] == [{"Name": "StateMachineArn", "Value": stack.outputs["MachineArn"]}]
    assert alarm["AlarmActions"] == [stack.resources["Topic"]]
    queue = client("sqs").get_queue_attributes(QueueUrl=stack.outputs["QueueUrl"], AttributeNames=["All"])["Attributes"]
    assert queue["MessageRetentionPeriod"] == "1209600"
    assert json.loads(queue["Policy"])["Statement"][0]["Principal"] == {"Service": "events.amazonaws.com"}
    (group,) = client("logs").describe_log_groups()["logGroups"]
    assert group["retentionInDays"] == 30
    parameter = client("ssm").get_parameter(Name=stack.outputs["ParameterName"])["Parameter"]
    assert parameter["Value"] == stack.outputs["MachineArn"]


def test_a_resource_type_that_would_be_skipped_is_refused(tmp_path: Path, endpoint: str) -> None:
    with pytest.raises(UnsupportedTemplateError, match="Fleet: AWS::GameLift::Fleet"):
        deploy_plain(tmp_path, endpoint, "Resources: {Fleet: {Type: AWS::GameLift::Fleet}}")


def test_a_property_that_would_be_skipped_is_refused(tmp_path: Path, endpoint: str) -> None:
    resources = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}}"
    with pytest.raises(UnsupportedTemplateError, match="Q: AWS::SQS::Queue FifoQueue"):
        deploy_plain(tmp_path, endpoint, resources)


def test_an_unknown_parameter_is_refused(tmp_path: Path, endpoint: str) -> None:
    with pytest.raises(StackFailedError, match="no parameter Colour"):
        deploy_plain(tmp_path, endpoint, "Resources: {Q: {Type: AWS::SQS::Queue}}", Colour="red")


def test_a_parameter_without_a_value_is_refused(tmp_path: Path, endpoint: str) -> None:
    template = "{Parameters: {A: {Type: String}}, Resources: {Q: {Type: AWS::SQS::Queue}}}"
    with pytest.raises(StackFailedError, match="parameter A has no value"):
        deploy_plain(tmp_path, endpoint, template)


@pytest.mark.parametrize(("limit", "longest"), [("", 4096), (", MaxLength: 9", 9)])
def test_a_parameter_that_is_too_long_is_refused(tmp_path: Path, endpoint: str, limit: str, longest: int) -> None:
    template = f"{{Parameters: {{A: {{Type: String{limit}}}}}, Resources: {{Q: {{Type: AWS::SQS::Queue}}}}}}"
    with pytest.raises(StackFailedError, match="parameter A is too long"):
        deploy_plain(tmp_path, endpoint, template, A="a" * (longest + 1))
    deploy_plain(tmp_path, endpoint, template, A="a" * longest)


def test_no_value_leaves_a_list(tmp_path: Path, endpoint: str, client: Callable[[str], Any]) -> None:
    resources = """
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              RoleName: listed
              AssumeRolePolicyDocument:
                Version: 2012-10-17
                Statement:
                  - {Effect: Allow, Principal: {AWS: "*"}, Action: [sts:AssumeRole, !Ref AWS::NoValue]}
    """
    deploy_plain(tmp_path, endpoint, resources)
    document = client("iam").get_role(RoleName="listed")["Role"]["AssumeRolePolicyDocument"]
    assert document["Statement"][0]["Action"] == ["sts:AssumeRole"]
