"""EKS pod identity associations and add-ons."""

from typing import Any

from sandbox.aws.eks.addons import set_addon_status
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, EKS_CLUSTER, REGION, SCIENTISTS_ACCOUNT
from tests.sandbox.services_world import refused, world

ADDON = {"clusterName": EKS_CLUSTER, "addonName": "amazon-sagemaker-hyperpod-taskgovernance"}


def _request(role: str) -> dict[str, Any]:
    return {
        "clusterName": EKS_CLUSTER,
        "namespace": "hyperpod-ns-vision",
        "serviceAccount": "hyperpod-training",
        "roleArn": role,
    }


def test_a_policy_of_an_association_goes_with_no_session_tags() -> None:
    with world() as here:
        eks, arn = here.client("eks"), here.role("pods")
        made = eks.create_pod_identity_association(**_request(arn))
        named = {"clusterName": EKS_CLUSTER, "associationId": made["association"]["associationId"]}
        with refused("InvalidParameterException", "disableSessionTags"):
            eks.update_pod_identity_association(**named, policy="{}")
        eks.update_pod_identity_association(**named, policy="{}", disableSessionTags=True)
        # What is left out stays, and there is no way to take it away.
        assert eks.update_pod_identity_association(**named, roleArn=arn)["association"]["policy"] == "{}"
        with refused("InvalidParameterException", "must not be empty"):
            eks.update_pod_identity_association(**named, policy="")


def test_a_service_account_has_one_association() -> None:
    with world() as here:
        eks, request = here.client("eks"), _request(here.role("data"))
        made = eks.create_pod_identity_association(**request, tags={"team": "vision"})["association"]
        with refused("ResourceInUseException", made["associationId"]):
            eks.create_pod_identity_association(**request)
        (found,) = eks.list_pod_identity_associations(clusterName=EKS_CLUSTER, namespace="hyperpod-ns-vision")[
            "associations"
        ]
        assert found["associationArn"] == made["associationArn"]
        assert "roleArn" not in found
        assert eks.list_pod_identity_associations(clusterName=EKS_CLUSTER, namespace="other")["associations"] == []


def test_the_role_must_exist_in_the_cluster_account() -> None:
    with world() as here:
        eks = here.client("eks")
        with refused("InvalidParameterException", "Role provided in the request does not exist"):
            eks.create_pod_identity_association(**_request(here.role("data", SCIENTISTS_ACCOUNT)))


def test_an_update_changes_the_role_and_keeps_the_rest() -> None:
    with world() as here:
        eks = here.client("eks")
        made = eks.create_pod_identity_association(**_request(here.role("data")))["association"]
        key = {"clusterName": EKS_CLUSTER, "associationId": made["associationId"]}
        eks.update_pod_identity_association(**key, roleArn=here.role("other"))
        found = eks.describe_pod_identity_association(**key)["association"]
        assert found["roleArn"].endswith("role/other")
        assert found["serviceAccount"] == "hyperpod-training"


def test_a_deleted_association_lingers_in_describe_but_leaves_room_for_the_next() -> None:
    with world(delete_lag=5) as here:
        eks, request = here.client("eks"), _request(here.role("data"))
        made = eks.create_pod_identity_association(**request)["association"]
        key = {"clusterName": EKS_CLUSTER, "associationId": made["associationId"]}
        eks.delete_pod_identity_association(**key)
        eks.describe_pod_identity_association(**key)
        here.clock.seconds += 5
        with refused("ResourceNotFoundException"):
            eks.describe_pod_identity_association(**key)
        eks.create_pod_identity_association(**request)


def test_an_add_on_becomes_active_may_degrade_and_goes() -> None:
    with world(addon=30) as here:
        eks = here.client("eks")
        assert eks.create_addon(**ADDON)["addon"]["status"] == "CREATING"
        here.clock.seconds += 30
        assert eks.describe_addon(**ADDON)["addon"]["status"] == "ACTIVE"
        set_addon_status(CLUSTER_ACCOUNT, REGION, EKS_CLUSTER, ADDON["addonName"], "DEGRADED")
        assert eks.describe_addon(**ADDON)["addon"]["status"] == "DEGRADED"
        assert eks.delete_addon(**ADDON)["addon"]["status"] == "DELETING"
        here.clock.seconds += 30
        assert eks.list_addons(clusterName=EKS_CLUSTER)["addons"] == []
        with refused("ResourceNotFoundException", "No addon"):
            eks.describe_addon(**ADDON)
