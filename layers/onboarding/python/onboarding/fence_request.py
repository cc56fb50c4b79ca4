"""What administrators may say of one team's fence: `fence` in an event, strictly.

Part of the request (`onboarding.request`). What is left out is as the stack's parameters say.
"""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from onboarding.strict import Strict, refuse_doubles

Level = Literal["privileged", "baseline", "restricted"]

NAMESPACE = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
# In the one form in which Kubernetes gives such an amount back (k8s.io/apimachinery, resource.Quantity).
CPU = r"^[1-9][0-9]{0,2}m?$"
MEMORY = r"^[1-9][0-9]{0,2}[MG]i$"


class FenceRequest(Strict):
    """How one team's namespace is fenced in, where otherwise than all teams'. For administrators alone to say."""

    enforce: Annotated[Level | None, Field(description="Level of Pod Security that pods must meet.")] = None
    audit: Annotated[Level | None, Field(description="Level that the audit log is told of.")] = None
    warn: Annotated[Level | None, Field(description="Level that whoever makes a pod is told of.")] = None
    network: Annotated[bool | None, Field(description="Whether a NetworkPolicy stands in the namespace.")] = None
    ingress_namespaces: Annotated[
        list[Annotated[str, Field(pattern=NAMESPACE)]] | None,
        Field(max_length=20, description="Namespaces that reach the team's pods, in place of the stack's list."),
    ] = None
    cpu: Annotated[
        str | None, Field(pattern=CPU, description="What a container that asks for no CPU asks for, such as 100m.")
    ] = None
    memory: Annotated[
        str | None,
        Field(pattern=MEMORY, description="What a container that asks for no memory asks for, such as 256Mi."),
    ] = None
    pods: Annotated[int | None, Field(ge=1, le=150_000, description="The most pods at once.")] = None
    claims: Annotated[int | None, Field(ge=0, le=10_000, description="The most PersistentVolumeClaims.")] = None
    load_balancers: Annotated[
        int | None, Field(ge=0, le=1_000, description="The most services of type LoadBalancer.")
    ] = None

    @field_validator("ingress_namespaces")
    @classmethod
    def _namespaces_differ(cls, namespaces: list[str] | None) -> list[str] | None:
        refuse_doubles("ingressNamespaces", namespaces or [])
        return None if namespaces is None else sorted(namespaces)
