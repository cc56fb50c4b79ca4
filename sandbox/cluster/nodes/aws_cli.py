"""The part of the AWS CLI that probes use, with its options, its output, its exit codes and its words."""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.runtime.network import CARRIER

_SWITCHES = ("--no-paginate",)
_TIMEOUTS = ("--cli-connect-timeout", "--cli-read-timeout")
PROXY = "SANDBOX_PROXY"
"""Variable with the URL by which access points are reached: their names resolve nowhere."""

VPC_ENDPOINT = "SANDBOX_VPC_ENDPOINT"
"""Variable with the id of the VPC endpoint by which the node reaches S3; empty where it does over the internet."""


class Ended(NamedTuple):
    """Exit code and what was written (AWS CLI user guide, "Return codes")."""

    code: int
    out: str = ""
    err: str = ""


class AwsCli:
    """Runs command lines, one after another, with the environment's credentials."""

    def __init__(self) -> None:
        self._client: Any = None

    def run(self, arguments: list[str]) -> Ended:
        """One command line, without `aws`."""
        try:
            service, operation, *rest = arguments
            options, files = _parsed(rest)
            if service != "s3api" or operation not in _OPERATIONS:
                return Ended(252, err=f"\nthe sandbox's AWS CLI does not know {service} {operation}\n")
            return Ended(0, _OPERATIONS[operation](self._s3(), options, files))
        except ValueError as error:
            return Ended(252, err=f"\n{error}\n")
        except ClientError as error:
            return Ended(254, err=f"\n{error}\n")
        except BotoCoreError as error:
            return Ended(255, err=f"\n{error}\n")

    def _s3(self) -> Any:
        # A client without credentials is none: the next command asks for them again.
        if self._client is None:
            session: Any = boto3.session.Session()
            if session.get_credentials() is None:
                raise ValueError('Unable to locate credentials. You can configure credentials by running "aws login".')
            session.get_credentials().get_frozen_credentials()
            self._client = session.client("s3", config=Config(proxies={"http": os.environ[PROXY]}))
            endpoint = os.environ.get(VPC_ENDPOINT)
            if endpoint:
                self._client.meta.events.register(
                    "before-sign.s3", lambda request, **_: request.headers.add_header(CARRIER, endpoint)
                )
        return self._client


def _parsed(words: list[str]) -> tuple[dict[str, str], list[str]]:
    options: dict[str, str] = {}
    files: list[str] = []
    left = iter(words)
    for word in left:
        if word in _SWITCHES:
            options[word] = ""
        elif word.startswith("--"):
            options[word] = next(left)
        else:
            files.append(word)
    return {name: value for name, value in options.items() if name not in _TIMEOUTS}, files


def _list_objects(s3: Any, options: dict[str, str], _: list[str]) -> str:
    if (options["--query"], options["--output"]) != ("Contents[0].Key", "text") or "--no-paginate" not in options:
        raise ValueError("the sandbox's AWS CLI lists one key as text")
    keys = int(options["--max-keys"])
    found = s3.list_objects_v2(Bucket=options["--bucket"], Prefix=options["--prefix"], MaxKeys=keys)
    return (
        "\n".join(item["Key"] for item in found.get("Contents", [])[:1]) + "\n" if found.get("Contents") else "None\n"
    )


def _get_object(s3: Any, options: dict[str, str], files: list[str]) -> str:
    found = s3.get_object(Bucket=options["--bucket"], Key=options["--key"], Range=options["--range"])
    with open(files[0], "wb") as file:
        file.write(found["Body"].read())
    return f'{{"ContentLength": {found["ContentLength"]}}}\n'


def _put_object(s3: Any, options: dict[str, str], _: list[str]) -> str:
    return f'{{"ETag": "{s3.put_object(Bucket=options["--bucket"], Key=options["--key"])["ETag"]}"}}\n'


def _delete_object(s3: Any, options: dict[str, str], _: list[str]) -> str:
    s3.delete_object(Bucket=options["--bucket"], Key=options["--key"])
    return ""


_OPERATIONS: dict[str, Callable[[Any, dict[str, str], list[str]], str]] = {
    "list-objects-v2": _list_objects,
    "get-object": _get_object,
    "put-object": _put_object,
    "delete-object": _delete_object,
}
