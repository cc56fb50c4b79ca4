"""Access reviews: may somebody do something?"""

from typing import Any

from sandbox.cluster.api.errors import invalid
from sandbox.cluster.api.identity import Identity
from sandbox.cluster.api.kinds import SELF_SUBJECT_ACCESS_REVIEW, SUBJECT_ACCESS_REVIEW, Kind, KubernetesObject
from sandbox.cluster.authorization.rbac import Authorizer
from sandbox.cluster.authorization.rules import Attributes


def answer_review(authorizer: Authorizer, identity: Identity, kind: Kind, document: dict[str, Any]) -> KubernetesObject:
    """The review with its status. A SubjectAccessReview knows RBAC only: access policies belong to a caller's token.

    Raises ApiError (422) when it asks nothing, or about nobody.
    """
    spec = document.get("spec") or {}
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (resource is None) == (other is None):
        what = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise invalid(kind, "", [("spec.resourceAttributes", f"Invalid value: {resource!r}: {what}")])
    subject = identity
    if kind is SUBJECT_ACCESS_REVIEW:
        subject = Identity(spec.get("user", ""), tuple(spec.get("groups") or ()))
        if not subject.username and not subject.groups:
            what = "Required value: at least one of user or group must be specified"
            raise invalid(kind, "", [("spec.user", what)])
    allowed = authorizer.allows(subject, asked(spec))
    return {
        "kind": kind.name,
        "apiVersion": SELF_SUBJECT_ACCESS_REVIEW.api_version,
        "metadata": {},
        "spec": spec,
        "status": {"allowed": allowed},
    }


def asked(spec: KubernetesObject) -> Attributes:
    """What a review asks."""
    resource = spec.get("resourceAttributes")
    if resource is None:
        other = spec.get("nonResourceAttributes") or {}
        return Attributes(other.get("verb", ""), path=other.get("path", ""))
    name = resource.get("resource", "")
    subresource = resource.get("subresource")
    return Attributes(
        resource.get("verb", ""),
        resource.get("group", ""),
        f"{name}/{subresource}" if subresource else name,
        resource.get("namespace") or None,
        resource.get("name") or None,
    )
