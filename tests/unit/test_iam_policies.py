"""The policies of a team's roles: who may become them, and that they fit IAM's limits."""

from dataclasses import replace
from typing import Any

import pytest

from iam_roles import policies
from iam_roles.room import INLINE_POLICY_LIMIT
from onboarding import names, policy
from tests.unit.given import DATA, KEY, SCIENTISTS, SETTINGS, dataset, request

TRUST_LIMIT = 2048
LONGEST = "t" * names.TEAM_LIMIT


def test_the_cluster_access_role_trusts_one_role() -> None:
    (statement,) = policies.cluster_access_trust(request(), SETTINGS)["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::444455556666:role/DataScientistRole"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]


def test_the_cluster_access_role_trusts_each_of_several_roles() -> None:
    arns = [f"arn:aws:iam::{account}:role/Scientists" for account in (DATA, SCIENTISTS)]
    team = request(dataScientistRoleArn=None, scientists=[{"roleArn": arn} for arn in arns])
    (statement,) = policies.cluster_access_trust(team, SETTINGS)["Statement"]
    assert statement["Principal"] == {"AWS": sorted(arns)}


def test_one_role_is_trusted_alike_in_either_form() -> None:
    arn = f"arn:aws:iam::{SCIENTISTS}:role/DataScientistRole"
    listed = request(dataScientistRoleArn=None, scientists=[{"roleArn": arn}])
    assert policies.cluster_access_trust(listed, SETTINGS) == policies.cluster_access_trust(request(), SETTINGS)


def sets(*named: tuple[str, str]) -> Any:
    """A team of these permission sets, by name and account."""
    listed = [{"permissionSet": name, "accountId": account} for name, account in named]
    return request(dataScientistRoleArn=None, scientists=listed)


def test_permission_sets_are_trusted_by_their_names_in_their_accounts_under_any_suffix() -> None:
    free = replace(SETTINGS, bound_session_names="none")
    (statement,) = policies.cluster_access_trust(sets(("Data", SCIENTISTS), ("Data", DATA)), free)["Statement"]
    below = "role/aws-reserved/sso.amazonaws.com"
    assert statement["Principal"] == {"AWS": [f"arn:aws:iam::{each}:root" for each in (SCIENTISTS, DATA)]}
    assert statement["Condition"]["ArnLike"]["aws:PrincipalArn"] == sorted(
        f"arn:aws:iam::{account}:{below}/{region}AWSReservedSSO_Data_????????????????"
        for account in (SCIENTISTS, DATA)
        for region in ("", "*/")
    )


@pytest.mark.parametrize(("bound", "count"), [("none", [0, 0]), ("permission-sets", [0, 1]), ("all", [1, 1])])
def test_whose_sessions_have_their_callers_names_is_the_stacks_to_say(bound: str, count: list[int]) -> None:
    settings = replace(SETTINGS, bound_session_names=bound)
    for team, named in zip((request(), sets(("Data", SCIENTISTS))), count, strict=True):
        found = policies.cluster_access_trust(team, settings)["Statement"]
        enter = [each for each in found if "sts:AssumeRole" in each["Action"]]
        assert len(enter) == 1
        conditions = enter[0].get("Condition", {}).get("StringLike")
        assert conditions == ({"aws:userid": "*:${sts:RoleSessionName}"} if named else None)


def test_the_trust_of_six_permission_sets_of_usual_names_fits() -> None:
    team = sets(*((f"DataScience{n}", SCIENTISTS) for n in range(6)))
    assert len(policy.text(policies.cluster_access_trust(team, SETTINGS))) <= TRUST_LIMIT


def test_what_a_permission_set_allows_is_what_the_trust_takes_of_every_team() -> None:
    statement = policies.permission_set_statement(SETTINGS)
    trusted = policies.cluster_access_trust(sets(("Data", SCIENTISTS)), SETTINGS)["Statement"]
    assert statement["Action"] == [trusted[0]["Action"], *trusted[1]["Action"]]
    assert statement["Resource"] == SETTINGS.role_arn("hyperpod-cluster-access-*")


def test_both_sides_of_the_scientists_way_allow_the_same() -> None:
    role = SETTINGS.role_arn("hyperpod-cluster-access-vision")
    (ours,) = policies.cluster_access_trust(request(), SETTINGS)["Statement"]
    (theirs,) = policies.assume_cluster_access(role)["Statement"]
    assert (theirs["Action"], theirs["Resource"]) == (ours["Action"], role)


def test_the_data_access_role_is_narrowed_in_four_ways() -> None:
    team = request(serviceAccount="trainer")
    (statement,) = policies.data_access_trust(team, team.pod_accounts[0], SETTINGS)["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": "111122223333",
            "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:us-west-2:111122223333:cluster/research-eks",
            "aws:RequestTag/kubernetes-namespace": "hyperpod-ns-vision",
            "aws:RequestTag/kubernetes-service-account": "trainer",
        }
    }


def test_a_team_without_datasets_has_no_permissions() -> None:
    team = request()
    assert policies.data_access_permissions(team, team.pod_accounts[0], SETTINGS) is None


def test_readers_and_writers_have_statements_of_their_own() -> None:
    team = request(datasets=[dataset(bucket="reads"), dataset(bucket="writes", access="read-write")])
    permissions = policies.data_access_permissions(team, team.pod_accounts[0], SETTINGS)
    assert permissions is not None
    objects = [s for s in permissions["Statement"] if s["Action"] != "s3:ListBucket"]
    assert [statement["Action"] for statement in objects] == [
        "s3:GetObject",
        ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
    ]


def test_scientists_reach_the_cluster_and_see_only() -> None:
    actions: list[str] = []
    for statement in policies.cluster_access_permissions(SETTINGS)["Statement"]:
        actions += statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    # Through EKS' own window to Kubernetes one reads: writing takes MutateViaKubernetesApi as well.
    actions.remove("eks:AccessKubernetesApi")
    assert all(action.split(":")[1].startswith(("Describe", "List")) for action in actions)


def test_trusts_of_the_longest_names_fit() -> None:
    longest = request(
        team=LONGEST,
        serviceAccount="s" * 63,
        dataScientistRoleArn=f"arn:aws:iam::444455556666:role/{'p' * 509}/{'r' * 64}",
    )
    (account,) = longest.pod_accounts
    trusts = (
        policies.cluster_access_trust(longest, SETTINGS),
        policies.data_access_trust(longest, account, SETTINGS),
    )
    for trust in trusts:
        assert len(policy.text(trust)) <= TRUST_LIMIT


def test_permissions_for_twenty_datasets_of_usual_prefixes_fit() -> None:
    many = [
        dataset(bucket=f"{'b' * 61}{n:02}", accountId=DATA, prefix=f"{'p' * 40}/", kmsKeyArn=KEY, access=access)
        for n, access in enumerate(["read", "read-write"] * 10)
    ]
    team = request(team=LONGEST, datasets=many)
    permissions = policies.data_access_permissions(team, team.pod_accounts[0], SETTINGS)
    assert permissions is not None
    assert len(policy.text(permissions)) <= INLINE_POLICY_LIMIT
