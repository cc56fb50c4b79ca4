"""How one state assigns variables and passes its output on."""

from typing import Any

from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.common.catch.catcher_decl import CatcherDecl
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.aws.moto.patches import Patches

_STAGED = "assigned by the current state"


def _stage(self: AssignDecl, env: Environment) -> None:
    """Upstream: Assign takes effect before the same state's Output is evaluated; in AWS both see the old values."""
    staged = env.heap.setdefault(_STAGED, {})
    for binding in self.declaration_bindings:
        binding.eval(env=env)
        staged.update(env.stack.pop())


def _commit(env: Environment) -> None:
    for name, value in env.heap.pop(_STAGED, {}).items():
        env.variable_store.set(variable_identifier=name, variable_value=value)


def install(patches: Patches) -> None:
    """Assigns variables when the state is left."""

    def committing(original: Any) -> Any:
        def evaluate(self: Any, env: Environment) -> None:
            original(self, env)
            _commit(env)

        return evaluate

    patches.replace(AssignDecl, "_eval_body", _stage)
    for owner, method in ((CommonStateField, "_set_next"), (StateChoice, "_set_next"), (CatcherDecl, "_eval_body")):
        patches.replace(owner, method, committing(vars(owner)[method]))
