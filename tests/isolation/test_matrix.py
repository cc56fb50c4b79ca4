"""Every way of every team to every team's things: open exactly where they are its own and meant to be."""

from typing import Any

import pytest
from kubernetes.client import (
    AuthorizationV1Api,
    RbacAuthorizationV1Api,
    RbacV1Subject,
    V1ObjectMeta,
    V1RoleBinding,
    V1RoleRef,
)

from onboarding import names
from proofs.isolation.actors import Actors
from proofs.isolation.kubernetes_ways import QUESTIONS, RBAC
from proofs.isolation.matrix import WAYS, tried, wrong
from proofs.isolation.probes import PROBES, Probe
from proofs.isolation.teams import TEAMS, Team


def test_each_way_leads_a_team_to_its_own_things_alone(actors: Actors) -> None:
    cells = tried(actors)
    assert wrong(cells) == []
    assert {(cell.actor, cell.owner) for cell in cells} == {(a, b) for a in TEAMS for b in TEAMS}
    assert sum(cell.got_in for cell in cells) > len(TEAMS) * 10


@pytest.mark.parametrize("probe", PROBES, ids=[probe.name for probe in PROBES])
def test_the_stacks_own_power_is_its_functions_alone(actors: Actors, probe: Probe) -> None:
    assert probe.attempt(actors) is probe.expected


def test_no_two_ways_have_one_name() -> None:
    assert len({way.name for way in WAYS}) == len(WAYS)


@pytest.fixture(scope="module")
def edit_bound(actors: Actors) -> Actors:
    """The built-in ClusterRole edit bound in each namespace: in RBAC what the managed policy is beside it."""
    api: Any = RbacAuthorizationV1Api(actors.cloud.kubernetes.admin())
    for team in TEAMS:
        group = RbacV1Subject(kind="Group", name=names.kubernetes_group(team.name), api_group=RBAC)
        role = V1RoleRef(kind="ClusterRole", name="edit", api_group=RBAC)
        body = V1RoleBinding(metadata=V1ObjectMeta(name="managed-edit"), role_ref=role, subjects=[group])
        api.create_namespaced_role_binding(team.namespace, body)
    return actors


def may(actors: Actors, actor: Team, attributes: dict[str, str]) -> bool:
    """What RBAC says of somebody in the team's group."""
    api: Any = AuthorizationV1Api(actors.cloud.kubernetes.admin())
    groups = [names.kubernetes_group(actor.name), "system:authenticated"]
    spec = {"user": "somebody", "groups": groups, "resourceAttributes": attributes}
    return bool(api.create_subject_access_review({"spec": spec}).status.allowed)


@pytest.mark.parametrize(("name", "own", "asked"), QUESTIONS, ids=[name for name, _, _ in QUESTIONS])
def test_rbac_alone_says_the_same_of_the_teams_groups(edit_bound: Actors, name: str, own: bool, asked: Any) -> None:
    for actor in TEAMS:
        for owner in TEAMS:
            assert may(edit_bound, actor, asked(owner)) is (own and actor == owner), (actor.name, owner.name)
