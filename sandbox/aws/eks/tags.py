"""Tags of EKS access entries, associations and add-ons; moto keeps its own for clusters."""

from typing import Any

from moto.eks.models import eks_backends

from sandbox.aws.eks.clusters import extras
from sandbox.aws.moto.operations import Call, Handler, error


def tag(call: Call) -> None:
    """TagResource."""
    _tags_of(call).update(call.params["tags"])


def untag(call: Call) -> None:
    """UntagResource."""
    tags = _tags_of(call)
    for key in call.params["tagKeys"]:
        tags.pop(key, None)


def list_tags(call: Call) -> dict[str, Any]:
    """ListTagsForResource."""
    return {"tags": _tags_of(call)}


HANDLERS: dict[str, Handler] = {"TagResource": tag, "UntagResource": untag, "ListTagsForResource": list_tags}


def _tags_of(call: Call) -> dict[str, str]:
    arn = call.params["resourceArn"]
    for cluster in eks_backends[call.account][call.region].clusters.values():
        held = extras(cluster)
        for thing in (cluster, *held.access_entries, *held.associations, *held.addons.values()):
            if thing.arn == arn:
                tags: dict[str, str] = thing.tags
                return tags
    raise error("NotFoundException", "Resource was not found")
