"""Whether the cluster's network keeps to NetworkPolicies: the API takes them also where nobody does."""

import re
from collections.abc import Iterator
from typing import Final

from onboarding.add_ons import NOT_INSTALLED, address_of, described, is_before, options_for
from onboarding.plan import Finding
from onboarding.resource import Context

ADD_ON: Final = "vpc-cni"
_SINCE: Final = (1, 15, 1)
"""Before, what `except` takes out of a block was let through (aws-network-policy-agent #92)."""
_SWITCH: Final = re.compile(r"""["']?enableNetworkPolicy["']?\s*:\s*["']?true\b""", re.IGNORECASE)
"""In the add-on's configuration, JSON or YAML (EKS user guide, "Restrict Pod network traffic with Kubernetes network
policies").
"""


def network_findings(context: Context) -> Iterator[Finding]:
    """A warning where the VPC CNI keeps to no policies, or not to all that is in ours, or where nobody can tell.

    Raises botocore's ClientError.
    """
    address, named = address_of(context, ADD_ON), options_for(context, ADD_ON)
    found = described(context, ADD_ON)
    if found is None:
        yield Finding(
            id="NETWORK-POLICY",
            resource=address,
            state=NOT_INSTALLED,
            reason="it cannot be seen whether the cluster's network keeps to NetworkPolicies: the VPC CNI is no add-on "
            "of it. Make it one, or see to it that the plug-in in its place does, and keeps 169.254.170.23 open",
            warning=True,
        )
        return
    version, on = found["addonVersion"], bool(_SWITCH.search(found.get("configurationValues", "")))
    state = f"{version}, {'keeps' if on else 'does not keep'} to NetworkPolicies"
    if not on:
        yield Finding(
            id="NETWORK-POLICY",
            resource=address,
            state=state,
            reason="the cluster's network keeps to no NetworkPolicy, so that teams' pods reach each other and the "
            "instances' credentials. The command takes the place of the add-on's whole configuration",
            mend=f'aws eks update-addon {named} --configuration-values \'{{"enableNetworkPolicy":"true"}}\'',
            warning=True,
        )
    elif is_before(version, _SINCE):
        yield Finding(
            id="NETWORK-VERSION",
            resource=address,
            state=state,
            reason="versions before v1.15.1 let through what a NetworkPolicy takes out of a block of addresses, so "
            "that pods reach the instances' credentials",
            mend=f"aws eks update-addon {named}",
            warning=True,
        )
    else:
        yield Finding(id="NETWORK-POLICY", resource=address, state=state)
