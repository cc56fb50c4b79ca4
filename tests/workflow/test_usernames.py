"""An access entry whose name in Kubernetes was chosen by hand gets EKS's own back."""

from collections.abc import Iterator

import pytest

from sandbox.aws.moto.installation import current
from sandbox.cloud import Cloud
from tests.workflow.drifts import entry_of, other_username
from tests.workflow.teams import outcome, small

TRAINING = "arn:aws:eks::aws:cluster-access-policy/AmazonSagemakerHyperpodTrainingPolicy"


@pytest.fixture(params=[True, False], ids=["taken", "refused"])
def taken(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether EKS takes the name that it would give itself."""
    current().takes_own_username = request.param
    yield bool(request.param)
    current().takes_own_username = True


def test_the_name_is_eks_own_again_and_policies_of_others_stay_where_eks_lets_them(cloud: Cloud, taken: bool) -> None:
    team = f"named-{taken}".lower()
    event, eks, entry = small(team, datasets=[]), cloud.client("eks"), entry_of(team)
    assert outcome(cloud.onboard(event)) == "onboarded"
    before = eks.describe_access_entry(**entry)["accessEntry"]["username"]
    scope = {"type": "namespace", "namespaces": [f"hyperpod-ns-{team}"]}
    eks.associate_access_policy(**entry, policyArn=TRAINING, accessScope=scope)
    other_username(cloud, team)
    assert eks.describe_access_entry(**entry)["accessEntry"]["username"] != before
    assert outcome(cloud.onboard(event)) == "onboarded"
    assert eks.describe_access_entry(**entry)["accessEntry"]["username"] == before
    policies = eks.list_associated_access_policies(**entry)["associatedAccessPolicies"]
    assert (TRAINING in {each["policyArn"] for each in policies}) is taken
