"""What a request of CloudFormation means for teams."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from custom_resource.properties import typed
from onboarding import names, resolved
from onboarding.connect import connect
from onboarding.errors import InvalidRequest
from onboarding.request import TEAM_PATTERN, TeamRequest, recorded
from onboarding.settings import Settings

_OWN: Final = ("ServiceToken", "ServiceTimeout")
"""CloudFormation's properties, which every custom resource has."""


@dataclass(frozen=True)
class Declared:
    """What is to be done, in the words of the state machine."""

    resource: str
    """Who declares: the stack and its resource, under a name that no other has, ever."""
    physical_id: str
    """What CloudFormation is to call the resource; another one than before makes it delete the one before."""
    team: str | None = None
    detail: dict[str, Any] | None = None
    """The team as it should be, as in an event; None where none is wanted."""
    leave: tuple[str, ...] = ()
    """Teams that leave if this resource has declared them."""
    data: dict[str, str] = field(default_factory=dict)
    """The attributes for Fn::GetAtt."""

    def record(self) -> dict[str, Any]:
        """As the state machine gets it."""
        return {
            "resource": self.resource,
            "physicalId": self.physical_id,
            "team": self.team,
            "detail": self.detail,
            "leave": [*self.leave],
            "data": self.data,
        }


def declared(request: dict[str, Any], settings: Settings) -> Declared:
    """What the request means. Raises InvalidRequest with a sentence for every mistake.

    A deletion is never a mistake: of what never came CloudFormation sends one too.
    """
    resource = f"{request['StackId']}/{request['LogicalResourceId']}"
    known, properties = request.get("PhysicalResourceId"), request["ResourceProperties"]
    if request["RequestType"] == "Delete":
        # Of what has not answered in time CloudFormation knows no name, and gives it one.
        return Declared(resource, str(known), leave=_teams(known, properties.get("team")))
    asked = {name: value for name, value in properties.items() if name not in _OWN}
    if "dryRun" in asked:
        raise InvalidRequest("dryRun is nothing that a stack can declare: leave it out, and look at its change set.")
    found = resolved.wanted(typed(asked, TeamRequest.model_json_schema()), "The properties of the resource")
    team, detail = str(found.team), found.request or {}
    # An update that gave the team another name and did not end in time is taken back by one to the name before: then
    # nobody else will take the other team away.
    tried = (request.get("OldResourceProperties") or {}).get("team")
    leave = tuple(each for each in _teams(tried) if each not in (team, known))
    return Declared(resource, team, team, detail, leave, _attributes(recorded(detail), settings))


def _teams(*found: object) -> tuple[str, ...]:
    """Those of them that can be names of teams, each once."""
    teams = [each for each in found if isinstance(each, str) and re.fullmatch(TEAM_PATTERN.strip("^$"), each)]
    return tuple(dict.fromkeys(each for each in teams if len(each) <= names.TEAM_LIMIT))


def _attributes(request: TeamRequest, settings: Settings) -> dict[str, str]:
    way_in = connect(request, settings)
    return {
        "Team": request.team,
        "Namespace": way_in["namespace"],
        "ClusterAccessRoleArn": way_in["role"],
        "DataAccessRoleArn": settings.role_arn(names.data_access_role(settings.prefix, request.team)),
        "LocalQueue": way_in["queue"],
        "ServiceAccount": way_in["serviceAccount"],
        # In the order of the datasets; Fn::Split takes them apart.
        "AccessPointArns": ",".join(dataset["accessPoint"] for dataset in way_in["datasets"]),
    }
