"""EKS clusters: moto's own, with what access entries, associations and add-ons need."""

import base64
from dataclasses import dataclass, field
from typing import Any

from moto.core.exceptions import ServiceException
from moto.eks.models import Cluster, eks_backends

from sandbox.aws.moto.eventual import EventualTable
from sandbox.aws.moto.installation import current
from sandbox.aws.moto.operations import Call, Handler, error

VERSION = "1.32"


@dataclass
class ClusterExtras:
    """What moto's cluster lacks. The tables' values belong to access_entries, pod_identity and addons."""

    authentication_mode: str = "CONFIG_MAP"
    access_entries: EventualTable[Any] = field(default_factory=EventualTable)
    associations: EventualTable[Any] = field(default_factory=EventualTable)
    addons: dict[str, Any] = field(default_factory=dict)
    tokens: dict[tuple[str, str], tuple[dict[str, Any], Any]] = field(default_factory=dict)
    """Operation and client request token to the request and the thing that it made."""


def register_cluster(
    account: str, region: str, name: str, endpoint: str, ca_pem: str, authentication_mode: str = "API_AND_CONFIG_MAP"
) -> str:
    """Makes an ACTIVE cluster that answers at `endpoint` with a certificate from `ca_pem`. Returns its ARN."""
    backend = eks_backends[account][region]
    cluster = backend.create_cluster(
        name=name,
        role_arn=f"arn:aws:iam::{account}:role/{name}-service-role",
        resources_vpc_config={
            "subnetIds": ["subnet-0a1b2c3d4e5f60718", "subnet-0f1e2d3c4b5a69788"],
            "securityGroupIds": ["sg-0a1b2c3d4e5f60718"],
            "vpcId": "vpc-0a1b2c3d4e5f60718",
            "endpointPublicAccess": True,
            "endpointPrivateAccess": False,
            "publicAccessCidrs": ["0.0.0.0/0"],
        },
        version=VERSION,
    )
    cluster.endpoint = endpoint
    cluster.certificate_authority = {"data": base64.b64encode(ca_pem.encode()).decode()}
    extras(cluster).authentication_mode = authentication_mode
    return str(cluster.arn)


def refuse(message: str) -> ServiceException:
    """EKS's answer to a parameter that it does not like."""
    return error("InvalidParameterException", message)


def cluster_of(call: Call) -> Cluster:
    """The cluster that the call names. Raises ResourceNotFoundException."""
    name = call.params["clusterName"]
    cluster = eks_backends[call.account][call.region].clusters.get(name)
    if cluster is None:
        raise error("ResourceNotFoundException", f"No cluster found for name: {name}.", cluster_name=name)
    return cluster


def extras(cluster: Cluster) -> ClusterExtras:
    """The cluster's extras, which live and die with it."""
    held: ClusterExtras = vars(cluster).setdefault("_extras", ClusterExtras())
    return held


def parts_of(account: str, region: str, name: str) -> list[Any]:
    """The access entries, associations and add-ons of a cluster of that name, if any; each has ARN and tags."""
    found = eks_backends[account][region].clusters.get(name)
    if found is None:
        return []
    held = extras(found)
    return [*held.access_entries, *held.associations, *held.addons.values()]


def once(handler: Handler) -> Handler:
    """Honours clientRequestToken: the same request again has no second effect and the same answer.

    Raises InvalidParameterException when a token comes with other parameters.
    """

    def answer(call: Call) -> Any:
        token = call.params.get("clientRequestToken")
        if token is None:
            return handler(call)
        tokens = extras(cluster_of(call)).tokens
        key = (handler.__name__, token)
        if key in tokens:
            request, made = tokens[key]
            if request != call.params:
                raise refuse("The client request token was used with different parameters.")
            return made
        made = handler(call)
        tokens[key] = (call.params, made)
        return made

    return answer


def show_access_configuration() -> None:
    """Lets moto's DescribeCluster answer with the access configuration as well."""
    current().patches.replace(Cluster, "access_config", property(_access_configuration))
    current().patches.replace(Cluster, "health", {"issues": []})


def _access_configuration(cluster: Cluster) -> dict[str, Any]:
    return {
        "bootstrapClusterCreatorAdminPermissions": False,
        "authenticationMode": extras(cluster).authentication_mode,
    }
