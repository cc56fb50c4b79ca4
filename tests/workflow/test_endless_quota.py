"""A compute quota on which the service never finishes."""

from sandbox.aws.inventory import difference
from sandbox.aws.moto import services
from sandbox.cloud import Cloud
from tests.workflow.teams import announced, small


def test_a_quota_that_never_settles_is_named_and_all_else_is_rolled_back(cloud: Cloud) -> None:
    before = cloud.snapshot()
    services.script_quota("endless", ["stuck"])
    execution = cloud.onboard(small("endless"))
    assert execution.status == "FAILED"
    ((kind, said),) = announced(cloud, execution)
    assert (kind, said["step"], said["error"]) == ("Team Onboarding Failed", "quota_namespace", "StillChanging")
    assert "not done after 30 minutes" in said["reason"]
    (stuck,) = said["left"]
    assert stuck["resource"] == "111122223333 compute quota hyperpod-ns-endless-quota"
    assert "is Creating" in stuck["reason"]
    names = ("hyperpod-ns-endless-quota", "team/endless", "hyperpod-onboarding-registry: {}")
    left = difference(before, cloud.snapshot())
    assert [line for line in left if not any(name in line for name in names)] == []
