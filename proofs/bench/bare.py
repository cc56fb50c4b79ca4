"""A process of its own that makes the calls it is given by boto3, and nothing else.

It reads them from its input as JSON, and says how long they took.
"""

import json
import sys
import time
from typing import Any

import boto3


def main() -> None:
    """Makes the clients, then the calls, and prints the seconds and the CPU seconds of the calls alone."""
    given: list[dict[str, Any]] = json.load(sys.stdin)
    clients: dict[str, Any] = {}
    for call in given:
        arguments = {"service_name": call["service"], **call["arguments"]}
        name = json.dumps(arguments)
        clients[name] = clients.get(name) or boto3.client(**arguments)
        call["send"] = getattr(clients[name], call["method"])
    began, computed = time.perf_counter(), time.process_time()
    for call in given:
        call["send"](**call["parameters"])
    answer = {"seconds": time.perf_counter() - began, "computed": time.process_time() - computed}
    json.dump(answer, sys.stdout)
