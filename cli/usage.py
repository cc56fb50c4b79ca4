"""What teams use of the cluster, and have borrowed of it: Kueue counts it in the status of their ClusterQueues."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError

from cli.endings import Refusal, sentence_of
from cli.stack import Stack
from onboarding import names
from onboarding.cluster_token import new_token

Rows = list[dict[str, str]]
"""`flavor`, `resource`, `used`, `borrowed`: amounts as Kubernetes writes them; the borrowed is part of the used."""

_QUEUES: Final = "/apis/kueue.x-k8s.io/v1beta2/clusterqueues"
# Whoever is not in the cluster's network waits this long for a private endpoint.
_PATIENCE: Final = Timeout(connect=5, read=15)


@dataclass(frozen=True)
class Usage:
    """What the cluster says, or why it says nothing."""

    queues: Mapping[str, Rows]
    """ClusterQueue to what is used of it."""
    unknown: str | None = None
    """Why nothing is known, in a sentence; None where it is."""

    def of(self, team: str) -> Rows | None:
        """A team's; None where it has no queue, or nothing is known."""
        return self.queues.get(names.cluster_queue(team))


def read(stack: Stack) -> Usage:
    """Every team's by one call to the cluster, with the credentials at hand.

    Never raises for what a caller may lack: then it says what.
    """
    try:
        name = stack.output("EksClusterName")
        described = stack.client("eks").describe_cluster(name=name)["cluster"]
        token = new_token(stack.client("sts"), name)
    except Refusal as refusal:
        return Usage({}, str(refusal))
    except (BotoCoreError, ClientError) as error:
        return Usage({}, sentence_of(error))
    authority = base64.b64decode(described["certificateAuthority"]["data"]).decode()
    # botocore's own HTTP library: the client for Kubernetes takes longer to load than the rest of the command.
    client = PoolManager(cert_reqs="CERT_REQUIRED", ca_cert_data=authority)
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}", "User-Agent": "hyperpod-teams"}
    try:
        answer = client.request(
            "GET", described["endpoint"] + _QUEUES, headers=headers, timeout=_PATIENCE, retries=False
        )
        if answer.status != 200:
            return Usage({}, _refused(answer.status, name))
        return Usage(dict(_queues(json.loads(answer.data))))
    except (HTTPError, ValueError) as error:
        return Usage(
            {},
            f"The Kubernetes API of {name} does not answer ({type(error).__name__}): where its endpoint is private, "
            "repeat it from the cluster's network.",
        )


def _queues(answer: Mapping[str, Any]) -> Iterator[tuple[str, Rows]]:
    for queue in answer.get("items", []):
        # There is none before Kueue has looked at the queue.
        status = queue.get("status")
        if status is not None:
            yield queue["metadata"]["name"], list(_rows(status))


def _rows(status: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """What admitted workloads use (Kueue API reference v1beta2, ClusterQueueStatus); what is 0 may be left out."""
    for flavor in status.get("flavorsUsage", []):
        for each in flavor.get("resources", []):
            amounts = {"used": str(each.get("total", "0")), "borrowed": str(each.get("borrowed", "0"))}
            yield {"flavor": flavor["name"], "resource": each["name"], **amounts}


def _refused(status: int, cluster: str) -> str:
    group = f"the Kubernetes group {names.READERS_GROUP}"
    if status == 401:
        return (
            f"The cluster {cluster} does not know who asks: have an access entry made for your role, with {group} "
            "(docs/operating.md, Who may use it)."
        )
    if status == 403:
        return f"The cluster {cluster} does not let you list its queues: have {group} added to your access entry."
    if status == 404:
        return f"The cluster {cluster} has no queues of Kueue: `hyperpod-teams doctor` tells of its add-ons."
    return f"The Kubernetes API of {cluster} answered with {status}: repeat it."
