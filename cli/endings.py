"""How a command ends: with an exit status and, where it did not do its work, one sentence of what, where, what to do.

0 is done, 1 not done, 2 typed wrongly; 130 is Ctrl-C and 141 a pipe that nobody reads any more, as shells have it.
`plan` keeps 2 for "there are changes", as `terraform plan -detailed-exitcode` does: what is typed wrongly is 1 there.
"""

import os
import sys
from typing import Any, Final

from botocore import exceptions
from rich.markup import escape
from typer import Exit
from typer.core import TyperGroup

from cli import screen

FAILED: Final = 1
MISTYPED: Final = 2
INTERRUPTED: Final = 130
UNREAD: Final = 141

_SIGN_IN: Final = "sign in anew, by `aws sso login` for instance, or set AWS_PROFILE to a profile that works"
_EXPIRED: Final = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
_UNKNOWN: Final = ("AuthFailure", "InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException")
_SIGN_ON: Final = (
    exceptions.CredentialRetrievalError,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
    exceptions.UnauthorizedSSOTokenError,
)


class Refusal(Exception):
    """A command does not go on, for what its sentence says."""

    def __init__(self, sentence: str, status: int = FAILED) -> None:
        super().__init__(sentence)
        self.status = status


class Mistyped(Refusal):
    """A person has typed something that cannot be meant."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, MISTYPED)


def sentence_of(error: exceptions.BotoCoreError | exceptions.ClientError) -> str:
    """What AWS, or the way to it, says, in one sentence with what to do."""
    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return f"There are no AWS credentials at hand: {_SIGN_IN}."
    if isinstance(error, exceptions.NoRegionError):
        return "There is no Region at hand: set AWS_REGION, or name a Region in the profile."
    if isinstance(error, exceptions.ProfileNotFound):
        return f"{error}: set AWS_PROFILE to one that `aws configure list-profiles` names."
    if isinstance(error, _SIGN_ON):
        return f"The AWS credentials at hand are of no use ({error}): {_SIGN_IN}."
    if isinstance(error, exceptions.ClientError):
        return _answered(error)
    return f"AWS does not answer ({error}): look at the network, AWS_REGION and AWS_ENDPOINT_URL, and repeat it."


def code_of(error: exceptions.ClientError) -> str:
    """The service's name of its error, such as AccessDeniedException."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def _answered(error: exceptions.ClientError) -> str:
    code, message = code_of(error), str(error.response.get("Error", {}).get("Message", "")).rstrip(".")
    if code in _EXPIRED:
        return f"The AWS credentials at hand have expired: {_SIGN_IN}."
    if code in _UNKNOWN:
        return f"AWS does not know the credentials at hand ({code}): {_SIGN_IN}."
    if code.startswith("AccessDenied"):
        return f"{error.operation_name} was refused: {message}. Ask for the policy that docs/operating.md has for it."
    return f"{error.operation_name} was refused with {code}: {message}."


class Commands(TyperGroup):
    """The commands, each of which ends as this page says."""

    def invoke(self, ctx: Any) -> Any:
        """Carries out one command."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            _end(str(refusal), self._status(ctx, refusal.status))
        except (exceptions.BotoCoreError, exceptions.ClientError) as error:
            _end(sentence_of(error), FAILED)
        except KeyboardInterrupt:
            _end("Interrupted; what was started in AWS goes on.", INTERRUPTED)
        except BrokenPipeError:
            _unread()
        except Exception as error:
            # A mistake in options and arguments; the library that reads them has made its sentence.
            if hasattr(error, "exit_code") and not isinstance(error, Exit):
                error.exit_code = self._status(ctx, error.exit_code)
            raise

    @staticmethod
    def _status(ctx: Any, status: int) -> int:
        return FAILED if status == MISTYPED and ctx.invoked_subcommand == "plan" else status


def _end(sentence: str, status: int) -> None:
    screen.errors().print(escape(sentence), style="red", highlight=False, soft_wrap=True)
    raise Exit(status)


def _unread() -> None:
    # Whatever is still to be written, when Python ends for instance, goes nowhere.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    _end("Nobody reads the output any more; what was started in AWS goes on.", UNREAD)
