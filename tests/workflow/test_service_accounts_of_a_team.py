"""A team of several service accounts: what pods under each of them reach, and what is left when one goes."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from kubernetes.client import CoreV1Api

from onboarding import names
from proofs.isolation.actors import Actors
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.events import sample
from tests.faults.runs import offboarded
from tests.faults.test_eventual_consistency import lagging
from tests.workflow.teams import CHECKPOINTS, IMAGES, LABELS, Detail, outcome, small

SAVED = f"{CHECKPOINTS['bucket']}/{CHECKPOINTS['prefix']}"
TRAINING: Detail = {
    "name": "hyperpod-training",
    "datasets": [{"dataset": "example-corp-images/curated"}, {"dataset": SAVED, "access": "read-write"}],
}
EVALUATION: Detail = {"name": "evaluation", "datasets": [{"dataset": "example-corp-labels"}, {"dataset": SAVED}]}
ALL = [IMAGES, LABELS, CHECKPOINTS]


@pytest.fixture(scope="module")
def actors(cloud: Cloud) -> Actors:
    s3 = cloud.client("s3", accounts.DATA_ACCOUNT)
    s3.put_object(Bucket=CHECKPOINTS["bucket"], Key=f"{CHECKPOINTS['prefix']}one", Body=b"content")
    return Actors(cloud)


def of(team: str, *several: Detail, datasets: list[Detail] = ALL, **changes: Any) -> Detail:
    return small(team, datasets=datasets, **({"serviceAccounts": [*several]} if several else {}), **changes)


def point(team: str, dataset: Detail) -> str:
    owner = accounts.DATA_ACCOUNT
    name = names.access_point("hyperpod", team, owner, dataset["bucket"], dataset.get("prefix"))
    return f"arn:aws:s3:{accounts.REGION}:{owner}:accesspoint/{name}"


def role(team: str, own: str | None = None) -> str:
    return f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{names.data_access_role('hyperpod', team, own)}"


def may(cloud: Cloud, actors: Actors, team: str, account: str) -> set[str]:
    """What a pod under the service account may do with the team's datasets, by the role that EKS gives it now."""
    namespace = names.namespace(team)
    listed = cloud.client("eks").list_pod_identity_associations(
        clusterName="research-eks", namespace=namespace, serviceAccount=account
    )["associations"]
    if not listed:
        return set()
    found = cloud.client("eks").describe_pod_identity_association(
        clusterName="research-eks", associationId=listed[0]["associationId"]
    )["association"]["roleArn"]
    keys = actors.pod(found, namespace, account)
    assert keys is not None, f"{found} does not let in pods under {account}"
    s3 = actors.client("s3", keys)
    done = set()
    for dataset, key in ((IMAGES, "curated/cat.jpg"), (LABELS, "curated/cat.json"), (CHECKPOINTS, "vision/one")):
        for verb, arguments in (("get", {}), ("put", {"Body": b"content"})):
            try:
                getattr(s3, f"{verb}_object")(Bucket=point(team, dataset), Key=key, **arguments)
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("AccessDenied", "NoSuchAccessPoint"):
                    raise
            else:
                done.add(f"{verb} {dataset['bucket'].removeprefix('example-corp-')}")
    return done


WRITER, READER = {"get images", "get checkpoints", "put checkpoints"}, {"get labels", "get checkpoints"}


def pull_secrets(cloud: Cloud, team: str, account: str) -> list[str]:
    core = CoreV1Api(cloud.kubernetes.admin())
    found = core.read_namespaced_service_account(account, names.namespace(team)).image_pull_secrets
    return [str(each.name) for each in found or []]


def test_each_service_account_reaches_its_own_data_and_nothing_is_left_of_them(cloud: Cloud, actors: Actors) -> None:
    before = cloud.snapshot()
    assert outcome(cloud.onboard(of("parted", TRAINING, EVALUATION))) == "onboarded"
    assert may(cloud, actors, "parted", "hyperpod-training") == WRITER
    assert may(cloud, actors, "parted", "evaluation") == READER
    # Nor does one get the other's role.
    assert actors.pod(role("parted"), names.namespace("parted"), "evaluation") is None
    assert actors.pod(role("parted", "evaluation"), names.namespace("parted"), "hyperpod-training") is None
    offboarded(cloud, "parted")
    assert difference(before, cloud.snapshot()) == []


def test_a_team_comes_to_have_several_and_goes_back_to_one(cloud: Cloud, actors: Actors) -> None:
    assert outcome(cloud.onboard(of("growing"))) == "onboarded"
    one = cloud.snapshot()
    assert outcome(cloud.onboard(of("growing", TRAINING, EVALUATION))) == "onboarded"
    assert may(cloud, actors, "growing", "hyperpod-training") == WRITER
    assert may(cloud, actors, "growing", "evaluation") == READER
    assert outcome(cloud.onboard(of("growing"))) == "onboarded"
    assert [line for line in difference(one, cloud.snapshot()) if "registry" not in line] == []


def test_an_update_that_takes_one_away_and_fails_gives_it_back(cloud: Cloud, actors: Actors) -> None:
    assert outcome(cloud.onboard(of("steady", TRAINING, EVALUATION))) == "onboarded"
    cloud.faults.add(Fault(Match("eks", "DeletePodIdentityAssociation"), Kind.DENIED))
    alone = of("steady", TRAINING, datasets=[IMAGES, CHECKPOINTS])
    calls = len(cloud.calls.entries())
    with lagging(role_visible=25):
        assert cloud.onboard(alone).status == "FAILED"
    assert cloud.registry()["team/steady"]["status"]["S"] == "active"
    # The role comes back before what names it, and what names it waits no longer than for the role to be known.
    asked = [entry.call.operation for entry in cloud.calls.entries()[calls:]]
    assert asked.index("CreateRole") < asked.index("CreateGrant")
    assert may(cloud, actors, "steady", "hyperpod-training") == WRITER
    assert may(cloud, actors, "steady", "evaluation") == READER


def test_pull_secrets_are_named_and_never_read_and_the_teams_own_are_left(cloud: Cloud) -> None:
    core, namespace = CoreV1Api(cloud.kubernetes.admin()), names.namespace("pulling")
    assert outcome(cloud.onboard(small("pulling"))) == "onboarded"
    theirs = {"imagePullSecrets": [{"name": "theirs"}]}
    core.patch_namespaced_service_account("hyperpod-training", namespace, theirs)
    assert outcome(cloud.onboard(small("pulling"))) == "onboarded"
    assert pull_secrets(cloud, "pulling", "hyperpod-training") == ["theirs"]
    for asked in (["registry"], []):
        assert outcome(cloud.onboard(small("pulling", imagePullSecrets=asked))) == "onboarded"
        assert pull_secrets(cloud, "pulling", "hyperpod-training") == asked


def test_the_sample_of_several_has_two_service_accounts_and_the_fence(cloud: Cloud) -> None:
    detail = sample("team-of-several")["detail"]
    assert outcome(cloud.onboard(detail)) == "onboarded"
    assert pull_secrets(cloud, "language", "training") == ["language-registry"]
    assert pull_secrets(cloud, "language", "evaluation") == []
