"""Plans come back from the registry, which others might write: what a plan names is the team's, or nothing is done."""

from typing import Any

import pytest

from onboarding.errors import InvalidRequest
from onboarding.plan import Change, Step, refuse_others
from onboarding.resource import resource_of
from tests.contracts.test_mutable_fields import of_ours
from tests.unit.given import CLUSTER, DATA, KEY, REGION, SCIENTISTS, context

_FS = "fs-0123456789abcdef0"
_LINK_ROLE = (
    f"arn:aws:iam::{CLUSTER}:role/aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/"
    f"AWSServiceRoleForFSxS3Access_{_FS}"
)
_CLUSTER_ACCESS = f"arn:aws:iam::{CLUSTER}:role/hyperpod-cluster-access-audio"
_STATEMENTS = f"HyperpodOnboarding{CLUSTER}"
_HERE: dict[str, str] = {"cluster": "research-eks", "namespace": "hyperpod-ns-audio"}

# Of each kind what team audio has, and then what is nobody's, or another stack's.
AUDIOS: dict[str, list[dict[str, str]]] = {
    "role": [
        {"account": CLUSTER, "name": "hyperpod-cluster-access-audio"},
        {"account": CLUSTER, "name": "hyperpod-data-access-audio"},
    ],
    "scientist-policy": [
        {
            "account": SCIENTISTS,
            "role": "DataScientistRole",
            "name": "hyperpod-cluster-access-audio",
            "cluster_access_role_arn": _CLUSTER_ACCESS,
        }
    ],
    "access-point": [{"account": DATA, "name": "hyperpod-audio-0123456789"}],
    "key-grant": [
        {
            "account": DATA,
            "key_arn": KEY,
            "name": "hyperpod-data-access-audio",
            "grantee": f"arn:aws:iam::{CLUSTER}:role/hyperpod-data-access-audio",
        },
        {"account": DATA, "key_arn": KEY, "name": f"hyperpod-storage-audio-{_FS}", "grantee": _LINK_ROLE},
    ],
    "access-entry": [{"cluster": "research-eks", "principal": _CLUSTER_ACCESS}],
    "compute-quota": [
        {
            "cluster_arn": f"arn:aws:sagemaker:{REGION}:{CLUSTER}:cluster/abcdefghijkl",
            "team": "audio",
            "account": SCIENTISTS,
        }
    ],
    "kubernetes-object": [
        {**_HERE, "object_kind": "ServiceAccount", "name": "hyperpod-training"},
        {**_HERE, "object_kind": "NetworkPolicy", "name": "hyperpod-onboarding-fence"},
        {**_HERE, "object_kind": "LimitRange", "name": "hyperpod-onboarding-fence"},
        {**_HERE, "object_kind": "ResourceQuota", "name": "hyperpod-onboarding-fence"},
        {**_HERE, "object_kind": "Role", "name": "hyperpod-ns-audio-jobs"},
        {**_HERE, "object_kind": "RoleBinding", "name": "hyperpod-ns-audio-jobs"},
        {**_HERE, "namespace": "", "object_kind": "ClusterRole", "name": "hyperpod-ns-audio-queue-reader"},
        {**_HERE, "namespace": "", "object_kind": "ClusterRoleBinding", "name": "hyperpod-ns-audio-queue-reader"},
    ],
    "pod-security": [_HERE],
    "volume": [{**_HERE, "claim": "data", "volume": "hyperpod-ns-audio.data"}],
    "pod-identity-association": [{**_HERE, "account": CLUSTER, "service_account": "hyperpod-training"}],
    "probe-pod": [{**_HERE, "name": "hyperpod-onboarding-probe"}],
}

# Their names hold a digest of more than the team, or the team's word alone: such a plan is kept to the stack's own.
OF_THE_STACK: dict[str, dict[str, str]] = {
    "delegation": {"account": DATA, "bucket": "example-corp-images", "sid": f"{_STATEMENTS}AccessPoints"},
    "bucket-link": {"account": DATA, "bucket": "example-corp-images", "sid": f"{_STATEMENTS}Link0123456789"},
    "folder": {"account": CLUSTER, "file_system": _FS, "path": "/teams/audio"},
    "data-repository-association": {"account": CLUSTER, "file_system": _FS, "path": "/teams/audio", "data": "keep"},
}

FORGED: dict[str, dict[str, str]] = {
    "delegation": {"sid": "OwnersStatement"},
    "bucket-link": {"sid": f"{_STATEMENTS}AccessPoints"},
    "folder": {"account": DATA},
    "data-repository-association": {"account": DATA},
    "role": {"name": "Administrator"},
    "scientist-policy": {"name": "administrator"},
    "access-point": {"name": "hyperpod-vision-extra-0123456789"},
    "key-grant": {"grantee": f"arn:aws:iam::{CLUSTER}:role/Administrator"},
    "access-entry": {"principal": f"arn:aws:iam::{CLUSTER}:role/Administrator"},
    "compute-quota": {"cluster_arn": f"arn:aws:sagemaker:{REGION}:{CLUSTER}:cluster/zzzzzzzzzzzz"},
    "kubernetes-object": {"namespace": "kube-system"},
    "pod-security": {"namespace": "kube-system"},
    "volume": {"volume": "another"},
    "pod-identity-association": {"namespace": "kube-system"},
    "probe-pod": {"name": "another"},
}

NAMED = [(kind, identity) for kind, each in AUDIOS.items() for identity in each]


def of(team: str, kind: str, identity: dict[str, str]) -> bool:
    return resource_of(of_ours()[kind], identity).is_of(context(team))


def test_every_kind_is_tried_here() -> None:
    assert set(AUDIOS) | set(OF_THE_STACK) == set(of_ours()) == set(FORGED)


@pytest.mark.parametrize(("kind", "identity"), NAMED)
def test_what_a_team_has_is_its_own_and_no_others(kind: str, identity: dict[str, str]) -> None:
    assert of("audio", kind, identity)
    assert not of("vision", kind, identity)
    assert not of("audio-two", kind, identity)


@pytest.mark.parametrize("kind", OF_THE_STACK)
def test_what_names_do_not_tell_is_the_stacks(kind: str) -> None:
    assert of("audio", kind, OF_THE_STACK[kind])


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_plan_is_refused_before_anything_is_done(kind: str) -> None:
    real = OF_THE_STACK.get(kind) or AUDIOS[kind][0]
    resource: Any = of_ours()[kind]
    step = Step(name="step", kinds=(resource,), desired=lambda *_: (), check=lambda *_: iter(()))
    change = Change(kind=kind, identity={**real, **FORGED[kind]}, address="whatever it says")
    with pytest.raises(InvalidRequest, match=r"nothing that the stack makes for team audio; nothing was done"):
        refuse_others(step, [change], context("audio"))
    refuse_others(step, [change.model_copy(update={"identity": real})], context("audio"))
