"""What a team's people are told to get in: the same for the same event and stack, and no secret."""

import json
from configparser import ConfigParser
from dataclasses import replace

import botocore.session
import pytest

from onboarding import names
from onboarding.connect import connect
from tests.unit.given import CLUSTER, DATA, KEY, SCIENTISTS, SETTINGS, dataset, request

FULL = {
    "datasets": [dataset(prefix="curated/"), dataset(bucket="example-corp-labels", access="read-write", kmsKeyArn=KEY)],
    "storage": [{"name": "images", "dataset": "example-corp-images/curated", "accessMode": "ReadOnlyMany"}],
}
ROLE = f"arn:aws:iam::{CLUSTER}:role/hyperpod-cluster-access-vision"


def test_it_has_all_that_a_team_of_datasets_and_storage_needs() -> None:
    assert connect(request(**FULL), SETTINGS) == {
        "account": CLUSTER,
        "region": "us-west-2",
        "cluster": "research-eks",
        "hyperPodCluster": SETTINGS.hyperpod_cluster_arn,
        "namespace": "hyperpod-ns-vision",
        "role": ROLE,
        "profiles": [
            {
                "principal": f"arn:aws:iam::{SCIENTISTS}:role/DataScientistRole",
                "name": "hyperpod-vision",
                "source": "DataScientistRole",
                "lines": [
                    "[profile hyperpod-vision]",
                    f"role_arn = {ROLE}",
                    "source_profile = DataScientistRole",
                    "region = us-west-2",
                ],
            }
        ],
        "commands": {
            "kubeconfig": "aws eks update-kubeconfig --name research-eks --region us-west-2 --profile hyperpod-vision",
            "hyp": "AWS_PROFILE=hyperpod-vision hyp set-cluster-context "
            f"--cluster-name {SETTINGS.hyperpod_cluster_arn} --region us-west-2 --namespace hyperpod-ns-vision",
        },
        "queue": "hyperpod-ns-vision-localqueue",
        "serviceAccount": "hyperpod-training",
        "datasets": [
            {
                "bucket": "example-corp-images",
                "prefix": "curated/",
                "access": "read",
                "accessPoint": f"arn:aws:s3:us-west-2:{DATA}:accesspoint/"
                + names.access_point("hyperpod", "vision", DATA, "example-corp-images", "curated/"),
            },
            {
                "bucket": "example-corp-labels",
                "access": "read-write",
                "accessPoint": f"arn:aws:s3:us-west-2:{DATA}:accesspoint/"
                + names.access_point("hyperpod", "vision", DATA, "example-corp-labels", None),
            },
        ],
        "claims": [{"name": "images", "dataset": "example-corp-images/curated/", "accessMode": "ReadOnlyMany"}],
    }


def test_a_team_without_data_has_nothing_to_read_and_nothing_to_mount() -> None:
    found = connect(request(), SETTINGS)
    assert (found["datasets"], found["claims"]) == ([], [])


def test_no_secret_and_no_key_is_in_it() -> None:
    said = json.dumps(connect(request(**FULL), SETTINGS))
    assert SETTINGS.external_id not in said
    assert "kms" not in said


@pytest.mark.parametrize("role", ["DataScientistRole", "research/vision/Data.Scientist+Role=1,@x"])
def test_the_profile_is_what_the_aws_tools_read(role: str) -> None:
    arn, name = f"arn:aws:iam::{SCIENTISTS}:role/{role}", role.split("/")[-1]
    (profile,) = connect(request(dataScientistRoleArn=arn), SETTINGS)["profiles"]
    parser = ConfigParser(interpolation=None)
    parser.read_string("\n".join(profile["lines"]))
    assert dict(parser[f"profile {profile['name']}"]) == {
        "role_arn": ROLE,
        "source_profile": name,
        "region": "us-west-2",
    }
    assert (profile["principal"], profile["source"]) == (arn, name)


def test_sagemaker_takes_the_clusters_arn_where_it_takes_its_name() -> None:
    """`hyp` hands what it is given to DescribeCluster."""
    model = botocore.session.get_session().get_service_model("sagemaker").operation_model("DescribeCluster")
    assert model.input_shape is not None
    name = model.input_shape.members["ClusterName"]
    assert "cluster/" in name.metadata["pattern"]
    assert len(SETTINGS.hyperpod_cluster_arn) <= name.metadata["max"]


def test_a_stack_of_another_prefix_names_another_profile_and_role() -> None:
    (profile,) = connect(request(), replace(SETTINGS, prefix="ml"))["profiles"]
    assert profile["name"] == "ml-vision"
    assert f"role_arn = arn:aws:iam::{CLUSTER}:role/ml-cluster-access-vision" in profile["lines"]
