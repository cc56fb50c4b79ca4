"""Each function has just what it needs, and nothing that matters is left to a default."""

import importlib
from typing import Any

import pytest

from tests.contracts.machines import ROOT
from tests.contracts.stack import Resource, as_list, of_type, statements, template

FUNCTIONS = of_type("AWS::Serverless::Function")
ROLES = of_type("AWS::IAM::Role")
LOG_GROUPS = of_type("AWS::Logs::LogGroup")

EVERYTHING = {
    # Lists, summaries, log delivery and X-Ray have no resource to name (service authorization reference).
    ("IamRolesRole", "iam:GetAccountSummary"),
    ("QuotaNamespaceRole", "cloudtrail:DescribeTrails"),
    ("QuotaNamespaceRole", "sagemaker:ListClusterSchedulerConfigs"),
    ("QuotaNamespaceRole", "sagemaker:ListComputeQuotas"),
    ("FsxStorageRole", "ec2:DescribeSubnets"),
    ("FsxStorageRole", "fsx:DescribeDataRepositoryAssociations"),
    ("FsxStorageRole", "fsx:DescribeFileSystems"),
    *(
        (role, action)
        for role in ("OnboardTeamRole", "UnwindTeamRole", "SweepRole", "OnboardManyRole")
        for action in (
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        )
    ),
    ("OnboardingRole", "s3:GetAccessPoint"),
    ("OnboardingRole", "s3:ListAccessPoints"),
    # Metrics have no resource either; a condition names their namespace.
    ("SweepRole", "cloudwatch:PutMetricData"),
}
"""Role and action that may have the resource `*`."""

function = pytest.mark.parametrize("name", FUNCTIONS)
MEMBERS = ("accounts/data.yaml", "accounts/scientists.yaml")
ACCOUNTS = (*MEMBERS, "accounts/management.yaml")


def of(name: str, kind: str) -> str:
    """The logical id that belongs to a function."""
    return f"{name.removesuffix('Function')}{kind}"


@function
def test_a_function_has_a_role_of_its_own(name: str) -> None:
    assert FUNCTIONS[name]["Role"] == {"Fn::GetAtt": [of(name, "Role"), "Arn"]}
    principals = [s["Principal"] for s in ROLES[of(name, "Role")]["AssumeRolePolicyDocument"]["Statement"]]
    assert principals == [{"Service": "lambda.amazonaws.com"}]


@function
def test_a_function_has_the_log_group_that_lambda_would_make_with_retention(name: str) -> None:
    group = LOG_GROUPS[of(name, "Logs")]
    assert group["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/{FUNCTIONS[name]['FunctionName']['Fn::Sub']}"}
    assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    written = [s["Resource"] for s in statements(ROLES[of(name, "Role")]) if "logs:PutLogEvents" in s["Action"]]
    assert written == [{"Fn::GetAtt": [of(name, "Logs"), "Arn"]}]


@function
def test_a_function_has_a_handler_that_exists(name: str) -> None:
    module, _, attribute = FUNCTIONS[name]["Handler"].rpartition(".")
    assert callable(getattr(importlib.import_module(module), attribute))
    assert (ROOT / "functions" / module.split(".")[0]).is_dir()


def test_every_function_in_the_code_is_in_the_template() -> None:
    folders = {app.parent.name for app in (ROOT / "functions").glob("*/app.py")}
    assert {properties["Handler"].split(".")[0] for properties in FUNCTIONS.values()} == folders


def test_functions_run_on_the_chosen_architecture_traced_with_structured_logs() -> None:
    functions = template()["Globals"]["Function"]
    assert functions["Runtime"] == "python3.13"
    assert functions["Architectures"] == [{"Ref": "Architecture"}]
    assert template()["Parameters"]["Architecture"]["Default"] == "arm64"
    assert functions["Tracing"] == "Active"
    assert functions["LoggingConfig"] == {"LogFormat": "JSON"}


def roles() -> list[tuple[str, str, Resource]]:
    """Template, logical id and properties of every role."""
    found = [("template.yaml", name, role) for name, role in ROLES.items()]
    return found + [(path, name, role) for path in ACCOUNTS for name, role in of_type("AWS::IAM::Role", path).items()]


@pytest.mark.parametrize(("path", "name", "role"), roles(), ids=[f"{path} {name}" for path, name, _ in roles()])
def test_a_role_allows_exact_actions_on_named_resources(path: str, name: str, role: Resource) -> None:
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        actions = as_list(statement["Action"])
        assert [action for action in actions if "*" in action] == []
        assert "NotAction" not in statement
        if "*" in as_list(statement["Resource"]):
            assert {(name, action) for action in actions} <= EVERYTHING


def test_what_all_functions_may_do_is_tracing_and_network_interfaces() -> None:
    (policy,) = of_type("AWS::IAM::ManagedPolicy").values()
    actions = {
        action
        for statement in statements({"Policies": [policy]})
        for action in as_list(statement["Action"])
        if "*" not in action
    }
    assert {action.split(":")[0] for action in actions} == {"xray", "ec2"}


def test_every_target_of_a_rule_has_a_dead_letter_queue_that_it_may_use() -> None:
    rules = of_type("AWS::Events::Rule")
    queues = of_type("AWS::SQS::Queue")
    assert rules
    for name, rule in rules.items():
        for target in rule["Targets"]:
            queue = target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
            assert queue in queues
            assert name in _senders(queue)


def _senders(queue: str) -> list[str]:
    found = []
    for policy in of_type("AWS::SQS::QueuePolicy").values():
        if {"Ref": queue} in policy["Queues"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                sources = as_list(statement["Condition"]["ArnEquals"]["aws:SourceArn"])
                found += [source["Fn::GetAtt"][0] for source in sources]
    return found


def test_the_registry_is_encrypted_recoverable_and_kept() -> None:
    (table,) = of_type("AWS::DynamoDB::Table").values()
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True
    assert template()["Resources"]["Registry"]["DeletionPolicy"] == "Retain"


def test_state_machines_are_traced_and_log_without_what_they_carry() -> None:
    for name, machine in of_type("AWS::Serverless::StateMachine").items():
        assert machine["Tracing"] == {"Enabled": True}, name
        assert (machine["Logging"]["Level"], machine["Logging"]["IncludeExecutionData"]) == ("ALL", False), name
        assert machine["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}


@pytest.mark.parametrize(
    ("path", "name", "function"),
    [
        ("accounts/data.yaml", "OnboardingRole", "FunctionRoleArn"),
        ("accounts/data.yaml", "StorageRole", "StorageFunctionRoleArn"),
        ("accounts/scientists.yaml", "OnboardingRole", "FunctionRoleArn"),
    ],
)
def test_a_member_role_trusts_one_function_with_the_external_id(path: str, name: str, function: str) -> None:
    role = of_type("AWS::IAM::Role", path)[name]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${ClusterAccountId}:root"}}
    assert statement["Action"] == "sts:AssumeRole"
    condition: dict[str, Any] = statement["Condition"]
    assert condition["StringEquals"]["sts:ExternalId"] == {"Ref": "ExternalId"}
    assert condition["ArnEquals"] == {"aws:PrincipalArn": {"Ref": function}}
    parameters = template(path)["Parameters"]
    assert parameters["ExternalId"]["NoEcho"] is True
    assert "Default" not in parameters["ExternalId"]


def test_a_member_role_is_named_as_the_stack_expects() -> None:
    stack = template()["Parameters"]
    data = template("accounts/data.yaml")["Parameters"]
    assert data["RoleName"]["Default"] == stack["DataRoleName"]["Default"]
    assert data["StorageRoleName"]["Default"] == stack["StorageRoleName"]["Default"]
    scientists = template("accounts/scientists.yaml")["Parameters"]["RoleName"]["Default"]
    assert scientists == stack["ScientistsRoleName"]["Default"]


def test_member_accounts_know_name_prefixes_as_the_stack_does() -> None:
    ours, theirs = (template(path)["Parameters"]["NamePrefix"] for path in ("template.yaml", "accounts/data.yaml"))
    assert (ours["Default"], ours["AllowedPattern"]) == (theirs["Default"], theirs["AllowedPattern"])
