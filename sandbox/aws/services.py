"""The services of the sandbox, and how what moto lacks of them is put into it at run time."""

from collections.abc import Callable
from functools import cache
from typing import Any

from moto.core import responses
from moto.core.base_backend import BackendDict, BaseBackend

from sandbox.aws.awslambda.permissions import ROWS as LAMBDA
from sandbox.aws.cloudformation.permissions import ROWS as CLOUDFORMATION
from sandbox.aws.cloudtrail.permissions import ROWS as CLOUDTRAIL
from sandbox.aws.cloudwatch.permissions import ROWS as CLOUDWATCH
from sandbox.aws.dynamodb.service import SERVICE as DYNAMODB
from sandbox.aws.ec2.service import SERVICE as EC2
from sandbox.aws.eks.service import SERVICE as EKS
from sandbox.aws.eventbridge.service import SERVICE as EVENTBRIDGE
from sandbox.aws.fsx.service import SERVICE as FSX
from sandbox.aws.iam.service import SERVICE as IAM
from sandbox.aws.kms.service import SERVICE as KMS
from sandbox.aws.moto.installation import Delays, Installation, NamespaceMaker, begin, current, end
from sandbox.aws.moto.operations import give_unmodelled_errors_a_status
from sandbox.aws.organizations.permissions import ROWS as ORGANIZATIONS
from sandbox.aws.s3.service import SERVICE as S3
from sandbox.aws.sagemaker.compute_quotas import settle
from sandbox.aws.sagemaker.quota_progress import script_quota
from sandbox.aws.sagemaker.service import SERVICE as SAGEMAKER
from sandbox.aws.service import Service
from sandbox.aws.sns.permissions import ROWS as SNS
from sandbox.aws.sqs.permissions import ROWS as SQS
from sandbox.aws.ssm.permissions import ROWS as SSM
from sandbox.aws.stepfunctions.permissions import ROWS as STEPFUNCTIONS
from sandbox.runtime.clock import Clock

__all__ = ["SERVICES", "Delays", "NamespaceMaker", "install", "script_quota", "settle", "snapshot", "uninstall"]

SERVICES: tuple[Service, ...] = (
    Service(LAMBDA),
    Service(CLOUDFORMATION),
    Service(CLOUDTRAIL),
    Service(CLOUDWATCH),
    DYNAMODB,
    EC2,
    EKS,
    EVENTBRIDGE,
    FSX,
    IAM,
    KMS,
    Service(ORGANIZATIONS),
    S3,
    SAGEMAKER,
    Service(SNS),
    Service(SQS),
    Service(SSM),
    Service(STEPFUNCTIONS),
)


def install(
    clock: Clock,
    delays: Delays,
    namespaces: NamespaceMaker,
    *,
    removes_namespace: bool = True,
    why_not: Callable[[str, str, str], str | None] = lambda role, action, resource: None,
) -> None:
    """Extends moto; again replaces the installation before. To be called before the first request reaches moto.

    The state lives in moto's own backends, so resetting moto empties it.
    """
    begin(Installation(clock, delays, namespaces, removes_namespace, why_not=why_not))
    patches = current().patches
    give_unmodelled_errors_a_status()
    for service in SERVICES:
        service.install()
    # Upstream: the methods of a service are listed anew for every request, which takes as long as parsing it.
    patches.replace(responses, "method_names_from_class", cache(vars(responses)["method_names_from_class"]))
    make = vars(BackendDict)["_create_account_specific_backend"]

    def make_once(self: BackendDict[BaseBackend], account: str) -> None:
        """Upstream: one lock for all accounts of all services, at each look-up; hundreds of threads queue for it."""
        if account not in self.keys():
            make(self, account)

    patches.replace(BackendDict, "_create_account_specific_backend", make_once)


def snapshot(account: str, region: str) -> dict[str, Any]:
    """What there is in an account, each part under a name of its own; see `Service.snapshot`."""
    with current().lock:
        parts = [service.snapshot(account, region) for service in SERVICES]
    return {name: part for one in parts for name, part in one.items()}


def uninstall() -> None:
    """Takes moto back to what it was. Harmless when nothing is installed."""
    end()
