"""Events that come into the dead-letter queue."""

import json
from typing import Any

from sandbox.cloud import Cloud


def buried(cloud: Cloud, detail: dict[str, Any]) -> None:
    """Sends an event that its rule may not deliver, and waits until it is in the queue."""
    role = {"RoleName": "hyperpod-onboarding-start"}
    iam = cloud.client("iam")
    names = iam.list_role_policies(**role)["PolicyNames"]
    kept = {name: iam.get_role_policy(**role, PolicyName=name)["PolicyDocument"] for name in names}
    for name in names:
        iam.delete_role_policy(**role, PolicyName=name)
    cloud.send(detail)
    cloud.clock.sleep(1)
    for name, document in kept.items():
        iam.put_role_policy(**role, PolicyName=name, PolicyDocument=json.dumps(document))
