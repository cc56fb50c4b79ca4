"""Each function has just what it needs, and nothing that matters is left to a default."""

import ast
import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from onboarding import shares, sharing
from sandbox.cluster.builtin.admission import QUEUE_LABEL
from tests.contracts.machines import ROOT, definition
from tests.contracts.stack import Resource, as_list, of_type, referred_to, statements, template
from tests.unit.given import SETTINGS

FUNCTIONS = of_type("AWS::Serverless::Function")
ROLES = of_type("AWS::IAM::Role")
LOG_GROUPS = of_type("AWS::Logs::LogGroup")

EVERYTHING = {
    # Lists, summaries, log delivery and X-Ray have no resource to name (service authorization reference).
    ("EksAccessEntryRole", "eks:ListAccessPolicies"),
    ("IamRolesRole", "iam:GetAccountSummary"),
    ("QuotaNamespaceRole", "cloudtrail:DescribeTrails"),
    ("QuotaNamespaceRole", "sagemaker:ListClusterSchedulerConfigs"),
    ("QuotaNamespaceRole", "sagemaker:ListComputeQuotas"),
    ("FsxStorageRole", "ec2:DescribeSubnets"),
    ("FsxStorageRole", "fsx:DescribeDataRepositoryAssociations"),
    ("FsxStorageRole", "fsx:DescribeFileSystems"),
    # A task token names no resource either.
    ("OnboardTeamRole", "states:SendTaskFailure"),
    ("DecideRole", "states:SendTaskFailure"),
    ("DecideRole", "states:SendTaskSuccess"),
    *(
        (role, action)
        for role in (
            "OnboardTeamRole",
            "UnwindTeamRole",
            "SweepRole",
            "OnboardManyRole",
            "DeclareTeamRole",
            "DecideRole",
            "NoticeRole",
        )
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

ARNS = {
    "HyperPodClusterArn": "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcdefghijkl",
    "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/boundary",
    "AlarmTopicArn": "arn:aws:sns:us-west-2:111122223333:topic",
    "NoticeKeyArn": "arn:aws:kms:us-west-2:111122223333:key/11111111-2222-4333-8444-555555555555",
    "FunctionRoleArn": "arn:aws:iam::111122223333:role/function",
    "StorageFunctionRoleArn": "arn:aws:iam::111122223333:role/function",
    "BusArn": "arn:aws:events:us-west-2:111122223333:event-bus/teams",
}
"""An ARN for each parameter that takes one."""

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


@pytest.mark.parametrize(("policy", "service"), [("FunctionPolicy", "xray"), ("NetworkPolicy", "ec2")])
def test_what_functions_share_is_tracing_and_network_interfaces(policy: str, service: str) -> None:
    shared = of_type("AWS::IAM::ManagedPolicy")
    assert set(shared) == {"FunctionPolicy", "NetworkPolicy", "TeamBoundary"}
    actions = [action for each in statements({"Policies": [shared[policy]]}) for action in as_list(each["Action"])]
    assert {action.split(":")[0] for action in actions} == {service}
    assert [action for action in actions if "*" in action] == []


@function
def test_a_function_is_in_the_vpc_only_where_it_talks_to_kubernetes(name: str) -> None:
    talks = "onboarding.cluster" in modules(FUNCTIONS[name]["Handler"].split(".")[0])
    assert ("VpcConfig" in FUNCTIONS[name]) is talks
    assert ("NetworkPolicy" in referred_to(ROLES[of(name, "Role")]["ManagedPolicyArns"])) is talks
    assert "VpcConfig" not in template()["Globals"]["Function"]


def test_the_services_that_functions_in_the_vpc_call_are_in_the_text() -> None:
    text = (ROOT / "docs" / "operating.md").read_text().split("## In a VPC")[1].split("\n## ")[0]
    for name in (name for name in FUNCTIONS if "VpcConfig" in FUNCTIONS[name]):
        folder = FUNCTIONS[name]["Handler"].split(".")[0]
        called = set()
        for module in modules(folder):
            called |= set(re.findall(r'client\(\s*"([a-z0-9]+)"', source_of(module).read_text()))
        (line,) = [line for line in text.splitlines() if line.startswith(f"| `{folder.replace('_', '-')}` |")]
        assert called - {"s3control"} <= set(re.findall(r"`([a-z0-9]+)`", line)), (name, called)


def source_of(module: str) -> Path:
    """The file of a module of the functions or of their layer."""
    base = ROOT / ("layers/onboarding/python" if module.startswith("onboarding") else "functions")
    path = base.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def modules(folder: str) -> set[str]:
    """The modules of ours that a function's handler imports, and theirs in turn."""
    found, ahead = set[str](), [f"{folder}.app"]
    while ahead:
        module = ahead.pop()
        if module in found:
            continue
        found.add(module)
        tree = ast.parse(source_of(module).read_text())
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module):
            names = (str(node.module), *(f"{node.module}.{each.name}" for each in node.names))
            ahead += [n for n in names if n.split(".")[0] in (folder, "onboarding") and source_of(n).exists()]
    return found


LONGEST = {
    "AWS::DynamoDB::Table": ("TableName", 255),
    "AWS::Events::EventBus": ("Name", 256),
    "AWS::Events::Rule": ("Name", 64),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", 128),
    "AWS::IAM::Role": ("RoleName", 64),
    "AWS::S3::Bucket": ("BucketName", 63),
    "AWS::SQS::Queue": ("QueueName", 80),
    "AWS::Serverless::Function": ("FunctionName", 64),
    "AWS::Serverless::StateMachine": ("Name", 80),
}
"""The property with the name, and how many characters that may have (each service's API reference)."""


def test_the_longest_name_of_a_stack_is_said_where_it_is_chosen() -> None:
    room = []
    for kind, (key, longest) in LONGEST.items():
        for properties in of_type(kind).values():
            name = properties[key]["Fn::Sub"].replace("${AWS::AccountId}", "1" * 12)
            # The longest of the Regions.
            name = name.replace("${AWS::Region}", "ap-southeast-1").removeprefix("${AWS::StackName}")
            room.append(longest - len(name))
    assert min(room) == 29
    pattern = template("accounts/data.yaml")["Parameters"]["StackName"]["AllowedPattern"]
    assert re.fullmatch(pattern, "a" * 29)
    assert not re.fullmatch(pattern, "a" * 30)
    assert not re.fullmatch(pattern, "Teams")
    for text in ("README.md", "Makefile", "template.yaml"):
        said = " ".join((ROOT / text).read_text().split())
        assert "at most 29 characters, lower case letters, digits and hyphens, a letter first" in said, text


PATTERNS = [
    (path, name)
    for path in ("template.yaml", *ACCOUNTS)
    for name, parameter in template(path)["Parameters"].items()
    if "arn:" in parameter.get("AllowedPattern", "")
]


@pytest.mark.parametrize(("path", "name"), PATTERNS)
def test_another_partition_is_refused_by_pattern(path: str, name: str) -> None:
    pattern = template(path)["Parameters"][name]["AllowedPattern"]
    assert "arn:aws:" in pattern
    for arn in (ARNS[name].replace("arn:aws:", f"arn:{partition}:") for partition in ("aws-cn", "aws-us-gov")):
        assert not re.fullmatch(pattern, arn)
    assert re.fullmatch(pattern, ARNS[name])


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
                sources = [source["Fn::If"][1] if "Fn::If" in source else source for source in sources]
                found += [source["Fn::GetAtt"][0] for source in sources]
    return found


def test_the_dashboard_shows_what_functions_count() -> None:
    (board,) = of_type("AWS::CloudWatch::Dashboard").values()
    text = re.sub(r"\$\{[^}]+\}", "x", board["DashboardBody"]["Fn::Sub"])
    widgets = json.loads(text)["widgets"]
    places = [(widget["x"], widget["y"]) for widget in widgets]
    assert len(set(places)) == len(places)
    counts = {"Teams", "Failures", "DriftedTeams", "GrantedInstances", "GrantedAccelerators"}
    assert {name for name in counts if f'"{name}"' in text.replace("\\", "")} == counts


def headings(page: str) -> set[str]:
    """The anchors of a page's headings, as git hosts make them."""
    titles = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", ["template.yaml", "accounts/management.yaml"])
def test_an_alarm_names_the_section_of_its_page_that_says_what_to_do(path: str) -> None:
    alarms = of_type("AWS::CloudWatch::Alarm", path)
    assert alarms
    for name, alarm in alarms.items():
        found = re.search(r"See (docs/[\w-]+\.md)#([\w-]+)$", alarm["AlarmDescription"])
        assert found, name
        assert found[2] in headings(found[1]), name


def test_what_people_are_told_to_read_is_there() -> None:
    told = (ROOT / "statemachine/notice.asl.json").read_text()
    sections = re.findall(r"(docs/[\w-]+\.md), ([\w -]+)\.", told)
    assert sections
    for page, title in sections:
        assert title.lower().replace(" ", "-") in headings(page), title


def test_whatever_the_rule_hands_on_people_have_words_for() -> None:
    words = definition("notice")["States"]["Words"]["Assign"]["words"]
    rule = of_type("AWS::Events::Rule")["NoticeRule"]
    assert set(words) == {"Alarm", *rule["EventPattern"]["detail-type"]}
    assert all(word["severity"] in ("info", "warning", "error") for word in words.values())


def test_the_registry_is_encrypted_recoverable_and_kept() -> None:
    (table,) = of_type("AWS::DynamoDB::Table").values()
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True
    registry = template()["Resources"]["Registry"]
    assert (registry["DeletionPolicy"], registry["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_whatever_is_kept_goes_where_the_stack_could_not_be_made() -> None:
    kept = {r.get("DeletionPolicy") for r in template()["Resources"].values() if "UpdateReplacePolicy" in r}
    assert kept == {"RetainExceptOnCreate"}
    assert {r.get("DeletionPolicy") for r in template()["Resources"].values()} == {None, "RetainExceptOnCreate"}


def test_the_protected_table_is_made_after_all_else() -> None:
    resources = template()["Resources"]
    reached, ahead = set[str](), ["Registry"]
    while ahead:
        name = ahead.pop()
        found = {each for each in referred_to(resources[name]) if each in resources} - reached
        reached |= found
        ahead += found
    # Globals are part of every function.
    reached |= {each for each in referred_to(template()["Globals"]) if each in resources}
    assert reached == set(resources) - {"Registry"}
    assert all("Condition" not in resources[name] for name in resources["Registry"]["DependsOn"])


@pytest.mark.parametrize("name", of_type("AWS::EKS::AccessEntry"))
def test_an_access_entry_is_made_long_after_its_role(name: str) -> None:
    entry = template()["Resources"][name]
    assert entry["DependsOn"] == "OnboardTeam"
    (function,) = [
        logical for logical, each in FUNCTIONS.items() if each["Role"] == entry["Properties"]["PrincipalArn"]
    ]
    assert function in referred_to(template()["Resources"]["OnboardTeam"])


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


def test_no_parameter_makes_the_probe_a_pod_that_task_governance_does_not_let_in() -> None:
    label = template()["Parameters"]["ProbeQueueLabel"]
    assert label["AllowedValues"] == [label["Default"]] == [QUEUE_LABEL]


def test_what_an_account_shares_is_nothing_by_default_and_read_by_the_roles_that_reach_into_buckets_alone() -> None:
    (parameter,) = of_type("AWS::SSM::Parameter", "accounts/data.yaml").values()
    assert parameter["Name"] == {"Fn::Sub": sharing.parameter_name(SETTINGS).replace(SETTINGS.stack, "${StackName}")}
    assert (parameter["Type"], parameter["Value"]) == ("String", {"Ref": shares.PARAMETER})
    given = template("accounts/data.yaml")["Parameters"][shares.PARAMETER]
    assert shares.parsed(given["Default"]) == ()
    assert given["MaxLength"] == 4096
    arn = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter" + parameter["Name"]["Fn::Sub"]
    for name, role in of_type("AWS::IAM::Role", "accounts/data.yaml").items():
        reads = [each for each in statements(role) if "ssm" in str(each["Action"])]
        assert [(each["Action"], each["Resource"]) for each in reads] == [("ssm:GetParameter", {"Fn::Sub": arn})], name


def test_no_other_account_declares_teams() -> None:
    # CloudFormation invokes it as whoever deploys; a policy of the function is the only way in for others.
    assert of_type("AWS::Lambda::Permission") == {}
    assert "Events" not in FUNCTIONS["CustomResourceFunction"]
    assert "FunctionUrlConfig" not in FUNCTIONS["CustomResourceFunction"]
