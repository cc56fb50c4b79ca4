"""Runs of storage, where a file system has been linked to nothing yet."""

from kubernetes.client import CoreV1Api

from onboarding import names
from proofs.permissions.teams import UNMARKED, detail, leave, onboard, with_folders
from sandbox.aws.fsx.link_role import link_role_arn
from sandbox.cloud import Cloud
from sandbox.scenery import accounts


def mount_and_change_folders(cloud: Cloud) -> None:
    """A team gets folders, the first of their file system; one changes, another goes; then the team leaves."""
    role = link_role_arn(accounts.CLUSTER_ACCOUNT, accounts.FILE_SYSTEM).rsplit("/", 1)[1]
    iam = cloud.client("iam")
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
    iam.delete_role(RoleName=role)
    event = detail("mounting")
    images, labels, checkpoints = event["datasets"]
    onboard(cloud, with_folders(event, labels, images, checkpoints))
    labels["access"] = "read-write"
    # A bucket that goes together with its folder: the folder's statement is the last one in its policy.
    event["datasets"] = [images, labels]
    less = with_folders(event, labels, images)
    onboard(cloud, less)
    core, namespace = CoreV1Api(cloud.kubernetes.admin()), names.namespace("mounting")
    for storage in less["storage"]:
        core.patch_namespaced_persistent_volume_claim(storage["name"], namespace, UNMARKED)
    onboard(cloud, less)
    leave(cloud, "mounting")
