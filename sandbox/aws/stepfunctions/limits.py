"""Errors that end an execution past every Catch."""

from typing import Any, Final

from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.aws.moto.patches import Patches

_WILDCARDS: Final = (
    StatesErrorName(typ=StatesErrorNameType.StatesALL),
    StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed),
)
_TERMINAL: Final = (
    StatesErrorName(typ=StatesErrorNameType.StatesStatesDataLimitExceeded),
    StatesErrorName(typ=StatesErrorNameType.StatesRuntime),
)


def install(patches: Patches) -> None:
    """Lets no wildcard catch or retry them."""
    original: Any = vars(ErrorEqualsDecl)["_eval_body"]

    def matches(self: ErrorEqualsDecl, env: Environment) -> None:
        """Upstream: States.ALL matches States.DataLimitExceeded and States.Runtime as well."""
        terminal = env.stack[-1] in _TERMINAL
        if terminal and any(wildcard in self.error_names for wildcard in _WILDCARDS):
            env.stack[-1] = False
            return
        original(self, env)

    def named(self: CustomErrorName, error_name: str | None) -> None:
        """Upstream: an error of Step Functions' own that leaves a Map becomes States.Runtime, for its name."""
        ErrorName.__init__(self, error_name=error_name)

    patches.replace(ErrorEqualsDecl, "_eval_body", matches)
    patches.replace(CustomErrorName, "__init__", named)
