"""Events that come into the dead-letter queue."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from sandbox.runtime.clock import Clock
from sandbox.scenery import accounts


class Cloud(Protocol):
    """Where they are sent; `sandbox.cloud.Cloud` is one."""

    clock: Clock

    def client(self, service: str) -> Any:
        """A boto3 client with all rights in the cluster's account."""

    def send(self, detail: Mapping[str, Any]) -> None:
        """Puts an event Team Created on the stack's bus."""


def bury(cloud: Cloud, detail: Mapping[str, Any]) -> None:
    """Sends an event that its rule may not deliver, and waits until it is in the queue."""
    role = {"RoleName": f"{accounts.STACK}-start"}
    iam = cloud.client("iam")
    names = iam.list_role_policies(**role)["PolicyNames"]
    kept = {name: iam.get_role_policy(**role, PolicyName=name)["PolicyDocument"] for name in names}
    for name in names:
        iam.delete_role_policy(**role, PolicyName=name)
    cloud.send(detail)
    cloud.clock.sleep(1)
    for name, document in kept.items():
        iam.put_role_policy(**role, PolicyName=name, PolicyDocument=json.dumps(document))
