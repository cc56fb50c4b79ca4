"""Whatever an event holds: a request all of whose names every service takes, or a refusal in readable sentences."""

import json
import re
from typing import Any

from botocore.loaders import Loader
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from eks_access_entry.app import STEP as ACCESS_ENTRY
from iam_roles.app import STEP as ROLES
from onboarding import names as derived
from onboarding.errors import InvalidRequest, NotAuthorized
from onboarding.request import TEAM_PATTERN, TeamRequest
from pod_identity.app import STEP as POD_IDENTITY
from quota_namespace.app import STEP as QUOTA
from s3_access_point.app import STEP as ACCESS_POINTS
from tests.faults import events
from tests.faults.runs import FULL
from tests.unit.given import answer, context

STEPS = (ROLES, ACCESS_POINTS, ACCESS_ENTRY, QUOTA, POD_IDENTITY)

LONGEST_REASON = 8 * 1024
"""Characters: what a log line, a cause and an event take with room to spare."""

many = settings(
    max_examples=6_000 if FULL else 300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def shape(service: str, name: str) -> re.Pattern[str]:
    """The pattern that the service's own model gives a string, with its length."""
    found = Loader().load_service_model(service, "service-2")["shapes"][name]
    length = f"(?=.{{{found.get('min', 0)},{found.get('max', '')}}}$)"
    return re.compile(f"^{length}(?:{found.get('pattern', '.*').removeprefix('^').removesuffix('$')})$", re.ASCII)


ROLE_NAME = shape("iam", "roleNameType")
POLICY_NAME = shape("iam", "policyNameType")
QUOTA_NAME = shape("sagemaker", "EntityName")
QUOTA_TEAM = shape("sagemaker", "ComputeQuotaTargetTeamName")
GRANT_NAME = shape("kms", "GrantNameType")
# Only in the user guides: S3, "Access points naming rules"; Kubernetes, "Object Names and IDs" and "Labels".
ACCESS_POINT_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$")
DNS_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
DNS_SUBDOMAIN = re.compile(r"^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
LABEL_VALUE = re.compile(r"^(?=.{0,63}$)([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$")


def resources(request: TeamRequest) -> list[tuple[Any, Any]]:
    """Every resource that the request leads to, with its state."""
    return [pair for step in STEPS for pair in step.desired(request, context(request.team))]


def names(request: TeamRequest) -> list[tuple[re.Pattern[str], str]]:
    """Every name that derives from a request, with the rule that it must keep."""
    team, found = request.team, [(QUOTA_TEAM, request.team), (QUOTA_NAME, derived.compute_quota(request.team))]
    found += [(LABEL_VALUE, team), (DNS_LABEL, derived.namespace(team))]
    # Jobs name their local queue in a label (Kueue, "Run a job").
    found += [(LABEL_VALUE, derived.local_queue(team)), (DNS_SUBDOMAIN, derived.cluster_queue(team))]
    for resource, _ in resources(request):
        match resource.kind:
            case "role":
                found.append((ROLE_NAME, resource.name))
            case "scientist-policy":
                found += [(ROLE_NAME, resource.role), (POLICY_NAME, resource.name)]
            case "access-point":
                found.append((ACCESS_POINT_NAME, resource.name))
                assert not resource.name.endswith("-s3alias")
            case "key-grant":
                found.append((GRANT_NAME, resource.name))
            case "kubernetes-object":
                found.append((DNS_SUBDOMAIN, resource.name))
                assert resource.namespace in ("", derived.namespace(team))
    return found


def refusal(event: object) -> str | None:
    """The sentences with which an event is refused; None for one that is taken."""
    try:
        found = answer(event)
    except (InvalidRequest, NotAuthorized) as error:
        return str(json.loads(str(error))["reason"])
    json.dumps(found, allow_nan=False)
    if found["leaving"]:
        assert QUOTA_TEAM.match(found["team"])
    else:
        for pattern, name in names(TeamRequest.model_validate(found["request"], strict=False)):
            assert pattern.match(name), (pattern.pattern, name)
    return None


def check(event: object) -> None:
    reason = refusal(event)
    if reason is not None:
        assert re.fullmatch(r"[\x20-\x7e]+", reason), reason
        assert reason.endswith((".", "...")), reason
        assert len(reason) < LONGEST_REASON, len(reason)


@many
@given(events.broken())
def test_a_broken_event_is_taken_whole_or_refused_in_readable_sentences(event: object) -> None:
    check(event)


@many
@given(events.anything)
@example(None)
@example(float("nan"))
@example({"detail-type": [], "source": {}})
@example({"detail-type": "Team Created", "source": "hyperpod.teams"})
@example({**events.FULL_DETAIL, "quota": {"resources": [{"instanceType": "ml.p5.48xlarge", "vCpu": float("inf")}]}})
@example({**events.FULL_DETAIL, "datasets": [{"bucket": "b" * 60 + str(n % 10)} for n in range(2000)]})
@example({**events.FULL_DETAIL, **{f"field-{n}" * 20: n for n in range(1000)}})
@example({**events.FULL_DETAIL, "team": "v" * 250_000})
def test_anything_at_all_is_refused_in_readable_sentences(event: object) -> None:
    check(event)


@many
@given(events.wishes())
def test_every_name_that_derives_from_a_right_event_fits_its_service(event: dict[str, Any]) -> None:
    check(event)


@many
@given(events.wishes(), st.from_regex(TEAM_PATTERN, fullmatch=True))
def test_no_two_teams_share_a_resource(wish: dict[str, Any], other: str) -> None:
    if refusal(wish) is None and refusal({**wish, "team": other}) is None and other != wish["team"]:
        # The statement in a bucket's policy is the one thing that teams share.
        one, two = (
            {resource.address for resource, _ in resources(request) if resource.kind != "delegation"}
            for request in (TeamRequest.model_validate({**wish, "team": team}) for team in (wish["team"], other))
        )
        assert not one & two


def test_an_event_nested_too_deeply_is_refused() -> None:
    event: Any = {}
    for _ in range(100_000):
        event = {"x": event}
    check({**events.FULL_DETAIL, "quota": event})


def test_a_number_too_long_to_read_is_refused() -> None:
    check({**events.FULL_DETAIL, "quota": 10**5000})


def test_the_sample_events_are_taken() -> None:
    for event in (events.SAMPLE, events.FULL_DETAIL, events.DEPARTURE):
        assert refusal(event) is None
