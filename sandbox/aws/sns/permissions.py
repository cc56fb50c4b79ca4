"""Topics."""

from moto.sns.exceptions import TopicNotFound
from moto.sns.models import sns_backends

from sandbox.aws.policies.needs import Row, Target, keys_of, row
from sandbox.runtime.call_log import Need


def _topic(target: Target) -> str:
    return str(target["TopicArn"])


def _subscription(target: Target) -> str:
    """The topic's: a subscription is its topic's ARN and an id (service authorization reference)."""
    return str(target["SubscriptionArn"]).rsplit(":", 1)[0]


def _publish(target: Target) -> list[Need]:
    """The topic and its key, unless AWS manages that: its policy lets in who may use SNS in the account.

    Source: SNS developer guide, "Key management", AWS KMS permissions.
    """
    needs = [Need("sns:Publish", _topic(target))]
    try:
        topic = sns_backends[target.account][target.region].get_topic(_topic(target))
    except TopicNotFound:
        return needs
    key = topic.kms_master_key_id
    if not key or key.startswith("alias/aws/"):
        return needs
    keys = keys_of({"kms:ViaService": f"sns.{target.region}.amazonaws.com"})
    return [*needs, *(Need(f"kms:{verb}", target.arn(key, "kms"), keys) for verb in ("Decrypt", "GenerateDataKey"))]


ROWS: dict[tuple[str, str], Row] = {
    ("sns", "Publish"): _publish,
    ("sns", "Subscribe"): row(_topic),
    ("sns", "ListSubscriptionsByTopic"): row(_topic),
    ("sns", "Unsubscribe"): row(_subscription),
}
