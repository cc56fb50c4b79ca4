"""What is wrong with a NetworkPolicy. Nothing here keeps traffic to them: pods of the sandbox reach what they name."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from sandbox.cluster.api.kinds import KubernetesObject


def block_mistakes(spec: KubernetesObject) -> Iterator[tuple[str, str]]:
    """What is taken out of a block of addresses must lie in it, and be less (Kubernetes API reference, IPBlock)."""
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for number, rule in enumerate(spec.get(direction, ())):
            for peer, said in enumerate(rule.get(peers, ())):
                field = f"spec.{direction}[{number}].{peers}[{peer}].ipBlock"
                yield from _mistakes(field, said.get("ipBlock") or {})


def _mistakes(field: str, block: KubernetesObject) -> Iterator[tuple[str, str]]:
    for index, part in enumerate(block.get("except", ())):
        whole: Any = ip_network(block["cidr"])
        less: Any = ip_network(part)
        if whole.version != less.version or whole == less or not less.subnet_of(whole):
            yield f"{field}.except[{index}]", f'Invalid value: "{part}": must be a strict subset of `cidr`'
