"""moto's Step Functions interpreter, made to run this stack's state machines as AWS would.

All patches of the interpreter are in this package; each names the upstream defect or gap it stands for, so that it can
go when moto mends it.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from moto.core.config import default_user_config
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from sandbox.aws.iam.service_roles import CredentialsFor, WhyNot
from sandbox.aws.moto.patches import Patches
from sandbox.aws.stepfunctions import (
    context,
    descriptions,
    executions,
    expressions,
    integrations,
    limits,
    maps,
    pages,
    steps,
    timing,
    tokens,
)
from sandbox.aws.stepfunctions.executions import ending
from sandbox.runtime.clock import Clock

__all__ = ["Observe", "ending", "install"]

Observe = Callable[[str, dict[str, Any]], None]
"""Told of each history event as it happens: execution ARN, event (as in GetExecutionHistory)."""


def install(
    clock: Clock,
    credentials_for: CredentialsFor,
    why_not: WhyNot,
    endpoint_url: str,
    observe: Observe = lambda arn, event: None,
) -> Callable[[], None]:
    """Makes state machines execute, with every wait on `clock`; returns what takes it back.

    Raises RuntimeError where another sandbox has done so and not taken it back.

    Tasks call `endpoint_url` as their state machine's role. Lambda tasks go there too (Lambda's Invoke), so that the
    caller's permissions count.
    """
    if StepFunctionsParserBackend.start_execution.__module__ == executions.__name__:
        raise RuntimeError("a sandbox is at work in this process already, and moto is one for all")
    patches = Patches()
    # Upstream: an error that a state machine handles is logged as one, once for each level of the parse tree.
    log = logging.getLogger("moto.stepfunctions")
    patches.add(partial(log.setLevel, log.level))
    log.setLevel(logging.CRITICAL)
    patches.replace_item(default_user_config["stepfunctions"], "execute_state_machine", True)  # type: ignore[arg-type]
    expressions.install(patches)
    steps.install(patches)
    limits.install(patches)
    context.install(patches)
    timing.install(patches, clock)
    tokens.install(patches, clock)
    executions.install(patches, clock, observe)
    descriptions.install(patches)
    pages.install(patches)
    maps.install(patches, credentials_for, why_not)
    integrations.install(patches, credentials_for, endpoint_url)
    return patches.undo
