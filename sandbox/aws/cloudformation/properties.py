"""Which resource types and properties a deployed stack may use."""

from collections.abc import Mapping
from typing import Any

from moto.cloudformation import parsing

_LAMBDA = (
    "Architectures Code CodeSigningConfigArn DeadLetterConfig Description Environment EphemeralStorage FunctionName "
    "Handler KmsKeyArn Layers LoggingConfig MemorySize PackageType ReservedConcurrentExecutions Role Runtime Tags "
    "Timeout TracingConfig VpcConfig"
)
ALARM = {
    "AlarmDescription": "description",
    "Namespace": "namespace",
    "MetricName": "metric_name",
    "ComparisonOperator": "comparison_operator",
    "EvaluationPeriods": "evaluation_periods",
    "Period": "period",
    "Threshold": "threshold",
    "Statistic": "statistic",
    "Dimensions": "dimensions",
    "AlarmActions": "alarm_actions",
    "DatapointsToAlarm": "datapoints_to_alarm",
    "ExtendedStatistic": "extended_statistic",
    "OKActions": "ok_actions",
    "InsufficientDataActions": "insufficient_data_actions",
    "Unit": "unit",
    "ActionsEnabled": "actions_enabled",
    "TreatMissingData": "treat_missing_data",
    "Tags": "tags",
}
"""Property to argument of moto's put_metric_alarm."""

PROPERTIES: Mapping[str, frozenset[str]] = {
    name: frozenset(properties.split())
    for name, properties in {
        "AWS::CloudWatch::Alarm": " ".join(("AlarmName", *ALARM)),
        "AWS::CloudWatch::Dashboard": "DashboardName DashboardBody",
        "AWS::DynamoDB::Table": "AttributeDefinitions BillingMode DeletionProtectionEnabled GlobalSecondaryIndexes "
        "KeySchema LocalSecondaryIndexes PointInTimeRecoverySpecification ProvisionedThroughput SSESpecification "
        "StreamSpecification TableName Tags TimeToLiveSpecification",
        "AWS::EKS::AccessEntry": "AccessPolicies ClusterName KubernetesGroups PrincipalArn Tags Type Username",
        "AWS::Events::EventBus": "DeadLetterConfig Description KmsKeyIdentifier Name Policy Tags",
        "AWS::Events::EventBusPolicy": "Action Condition EventBusName Principal Statement StatementId",
        "AWS::Events::Rule": "Description EventBusName EventPattern Name RoleArn ScheduleExpression State Tags Targets",
        "AWS::IAM::ManagedPolicy": "Description Groups ManagedPolicyName Path PolicyDocument Roles Users",
        "AWS::IAM::Policy": "Groups PolicyDocument PolicyName Roles Users",
        "AWS::IAM::Role": "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path "
        "PermissionsBoundary Policies RoleName Tags",
        "AWS::KMS::Alias": "AliasName TargetKeyId",
        "AWS::KMS::Key": "Description EnableKeyRotation Enabled KeyPolicy PendingWindowInDays Tags",
        "AWS::Lambda::Function": _LAMBDA,
        "AWS::Lambda::LayerVersion": "CompatibleArchitectures CompatibleRuntimes Content Description LayerName "
        "LicenseInfo",
        "AWS::Lambda::Permission": "Action FunctionName Principal SourceAccount SourceArn",
        "AWS::Logs::LogGroup": "KmsKeyId LogGroupName RetentionInDays Tags",
        "AWS::S3::Bucket": "BucketEncryption BucketName LifecycleConfiguration PublicAccessBlockConfiguration Tags",
        "AWS::SNS::Subscription": "Endpoint Protocol TopicArn",
        "AWS::SNS::Topic": "DisplayName KmsMasterKeyId Subscription Tags TopicName",
        "AWS::SNS::TopicPolicy": "PolicyDocument Topics",
        "AWS::SQS::Queue": "DelaySeconds KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize "
        "MessageRetentionPeriod QueueName ReceiveMessageWaitTimeSeconds RedrivePolicy SqsManagedSseEnabled Tags "
        "VisibilityTimeout",
        "AWS::SQS::QueuePolicy": "PolicyDocument Queues",
        "AWS::SSM::Parameter": "AllowedPattern DataType Description Name Policies Tags Tier Type Value",
        "AWS::StepFunctions::StateMachine": "Definition DefinitionString DefinitionSubstitutions "
        "EncryptionConfiguration LoggingConfiguration RoleArn StateMachineName StateMachineType Tags "
        "TracingConfiguration",
    }.items()
}
"""What a deployed resource may be given, by type."""


class UnsupportedTemplateError(ValueError):
    """The template uses something that the sandbox's CloudFormation would not honour; names each such use."""


def check(template: Mapping[str, Any]) -> None:
    """Raises UnsupportedTemplateError for resource types and properties that would be skipped."""
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()  # models may have come since moto first looked
    faults = []
    for logical_id, resource in template.get("Resources", {}).items():
        known = PROPERTIES.get(resource["Type"])
        if known is None or resource["Type"] not in parsing.get_model_map():
            faults.append(f"{logical_id}: {resource['Type']}")
        else:
            faults += [
                f"{logical_id}: {resource['Type']} {name}"
                for name in sorted(set(resource.get("Properties", {})) - known)
            ]
    if faults:
        raise UnsupportedTemplateError("the sandbox's CloudFormation lacks " + "; ".join(faults))
