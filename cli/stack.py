"""The stack that a command is about: by its name, with the credentials and the Region at hand."""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cli.endings import Mistyped, Refusal, code_of

DEFAULT: Final = "hyperpod-onboarding"
VARIABLE: Final = "HYPERPOD_TEAMS_STACK"

_CONFIG: Final = Config(retries={"mode": "standard", "total_max_attempts": 5}, user_agent_extra="hyperpod-teams")


def config_file() -> Path:
    """Where a person keeps the name of his stack: `stack = "NAME"` in TOML."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "hyperpod-teams.toml"


@dataclass(frozen=True)
class Stack:
    """A deployed stack, and clients in its account and Region."""

    name: str
    outputs: Mapping[str, str]
    make_client: Callable[[str], Any]
    """Service to a boto3 client in the stack's account and Region."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """As the stack was deployed with."""
    _clients: dict[str, Any] = field(default_factory=dict)

    def output(self, name: str) -> str:
        """One of the stack's outputs. Raises Refusal where it has none of that name."""
        if name not in self.outputs:
            raise Refusal(f"Stack {self.name} has no output {name}: name another by --stack, or deploy it anew.")
        return self.outputs[name]

    @property
    def account(self) -> str:
        """The cluster's account, which the stack is in."""
        return self.output("OnboardTeamArn").split(":")[4]

    def client(self, service: str) -> Any:
        """A boto3 client, one a service."""
        if service not in self._clients:
            self._clients[service] = self.make_client(service)
        return self._clients[service]


def find(name: str | None) -> Stack:
    """The stack of that name, else of the one in the config file, else of the usual one.

    Raises Refusal where it is not there, Mistyped where the config file cannot be read, botocore's errors where AWS
    cannot be asked.
    """
    session: Any = boto3.session.Session()
    make_client = partial(session.client, config=_CONFIG)
    name = name or _configured() or DEFAULT
    try:
        found = make_client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        # "Stack with id NAME does not exist" (CloudFormation API reference, DescribeStacks).
        if code_of(error) == "ValidationError":
            raise Refusal(
                f"There is no stack {name} in {session.region_name} for the credentials at hand: name it by --stack, "
                f"{VARIABLE} or in {config_file()}, or choose another AWS_PROFILE or AWS_REGION."
            ) from None
        raise
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
    parameters = {each["ParameterKey"]: each.get("ParameterValue", "") for each in found.get("Parameters", [])}
    return Stack(name, outputs, make_client, parameters)


def _configured() -> str | None:
    path = config_file()
    try:
        said = tomllib.loads(path.read_text()).get("stack")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Mistyped(f'{path} cannot be read ({error}): write `stack = "NAME"` there, or delete it.') from None
    if said is not None and not isinstance(said, str):
        raise Mistyped(f'{path}: stack is no text: write `stack = "NAME"`.')
    return said
