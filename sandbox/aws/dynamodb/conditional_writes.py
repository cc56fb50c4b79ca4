"""DynamoDB's conditional writes, one at a time."""

import threading
from typing import Any

from moto.dynamodb.models import DynamoDBBackend

from sandbox.aws.moto.installation import current

_WRITES = ("put_item", "update_item", "delete_item", "transact_write_items")


def install() -> None:
    """Makes a write and its condition one step."""
    lock = threading.RLock()

    def alone(original: Any) -> Any:
        def write(self: DynamoDBBackend, *args: Any, **kwargs: Any) -> Any:
            """Upstream: between a condition's check and its write another request may write."""
            with lock:
                return original(self, *args, **kwargs)

        return write

    for name in _WRITES:
        current().patches.replace(DynamoDBBackend, name, alone(vars(DynamoDBBackend)[name]))
