"""What a team's pod reaches over the cluster's network, by what the namespaces' NetworkPolicies say.

The sandbox sends no packets: it decides as nodes would that keep to policies, and let pods have tokens (hop limit 2).
"""

from typing import Any

from proofs.isolation.actors import Actors
from proofs.isolation.teams import Team
from proofs.isolation.ways import Way, no, yes
from sandbox.cluster.nodes.network import answer, gives_credentials


def _seen(actors: Actors, actor: Team) -> dict[str, Any]:
    return actors.cloud.nodes.network.seen_from(actor.namespace, {}, actors.cloud.kubernetes.snapshot())


def _service(actors: Actors, actor: Team, owner: Team) -> bool:
    name, _, port = actors.cloud.nodes.network.service.partition(":")
    return answer(_seen(actors, actor), f"{name}.{owner.namespace}.svc", int(port)) == "answers"


def _credentials(actors: Actors, actor: Team, _: Team) -> bool:
    # Nodes are nobody's, and have one role: whoever gets at it gets at whatever it may do with anybody's pods.
    return gives_credentials(_seen(actors, actor))


NETWORK = (
    Way("Network", "reach a service in the namespace, from a pod", yes, _service),
    Way("Network", "get the node's credentials at the metadata address, from a pod", no, _credentials),
)
