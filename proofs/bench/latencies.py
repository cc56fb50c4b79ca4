"""How long AWS takes, with where that is from: what `proofs.bench waiting` puts into the sandbox."""

from dataclasses import dataclass
from typing import Final

from sandbox.aws.moto.installation import Delays
from sandbox.runtime.call_log import Call


@dataclass(frozen=True)
class Latency:
    """Seconds, and who has seen them or says so."""

    seconds: float
    source: str


OTHERS: Final = "*"

CALLS: Final = {
    "dynamodb": Latency(0.009, "AWS re:Post, high DynamoDB latency: single-digit milliseconds for atomic operations"),
    "eks": Latency(0.171, "karpenter-provider-aws #5302: DescribeCluster, from a pod, between 114 and 171 ms"),
    "iam": Latency(0.254, "terraform-provider-aws #34698: CreateRole, sent and answered in the debug log"),
    "lambda": Latency(0.06, "forum.serverless.com 3891: a warm function invoked directly, whole round trip"),
    "s3": Latency(0.05, "AWS whitepaper on S3 performance: a median of tens of milliseconds for small requests"),
    OTHERS: Latency(0.171, "no public figure was found; taken to be EKS's"),
}
"""By the service of a call; one call, sent to answered."""

WAITS: Final = {
    "quota": Latency(90, "a goal's assumption; terraform-provider-aws waits for up to 30 minutes"),
    "namespace": Latency(5, "the sandbox's own assumption; AWS says nothing"),
    "link": Latency(300, "a goal's assumption; no public figure was found"),
    "role_visible": Latency(10, "community.aws #710: between 5 and 10 s until Lambda can assume a new role"),
}
"""By the field of Delays."""

DELAYS: Final = Delays(**{name: wait.seconds for name, wait in WAITS.items()})


def seconds(service: str) -> float:
    """What one call of a service takes."""
    return CALLS.get(service, CALLS[OTHERS]).seconds


def of(call: Call) -> float:
    """What a call takes."""
    return seconds(call.service)
