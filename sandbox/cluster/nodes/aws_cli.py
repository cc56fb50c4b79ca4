"""The part of the AWS CLI that probes use, with its options, its output, its exit codes and its words."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.cluster.nodes.network import METADATA, answer, gives_credentials
from sandbox.runtime.network import CARRIER

_SWITCHES = ("--no-paginate", "--no-sign-request")
PROXY = "SANDBOX_PROXY"
"""Variable with the URL by which access points are reached: their names resolve nowhere."""

VPC_ENDPOINT = "SANDBOX_VPC_ENDPOINT"
"""Variable with the id of the VPC endpoint by which the node reaches S3; empty where it does over the internet."""


NETWORK = "SANDBOX_NETWORK"
"""Variable with the file that says what the pod reaches."""

_ELSEWHERE: Final = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE")
"""Where credentials come from before the instance is asked (AWS CLI user guide, "Configuration and credential
precedence").
"""


class Ended(NamedTuple):
    """Exit code and what was written (AWS CLI user guide, "Return codes")."""

    code: int
    out: str = ""
    err: str = ""


class AwsCli:
    """Runs command lines, one after another, with the environment's credentials."""

    def __init__(self, pause: Callable[[float], None]) -> None:
        self._client: Any = None
        self._pause = pause

    def run(self, arguments: list[str], environment: Mapping[str, str]) -> Ended:
        """One command line, without `aws`; of its environment what the pod's process has not had from the start."""
        try:
            service, operation, *rest = arguments
            if (service, operation) == ("configure", "export-credentials"):
                return self._exported(environment)
            options, files = _parsed(rest)
            if (service, operation) == ("s3api", "list-buckets"):
                return self._reached(options["--endpoint-url"], options)
            if service != "s3api" or operation not in _OPERATIONS:
                return Ended(252, err=f"\nthe sandbox's AWS CLI does not know {service} {operation}\n")
            return Ended(0, _OPERATIONS[operation](self._s3(), options, files))
        except ValueError as error:
            return Ended(252, err=f"\n{error}\n")
        except ClientError as error:
            return Ended(254, err=f"\n{error}\n")
        except BotoCoreError as error:
            return Ended(255, err=f"\n{error}\n")

    def _exported(self, environment: Mapping[str, str]) -> Ended:
        """`configure export-credentials`, where there are none but the instance's (aws-cli, exportcreds)."""
        if any(environment.get(variable) for variable in _ELSEWHERE):
            return Ended(252, err="\nthe sandbox's AWS CLI exports the instance's credentials alone\n")
        if environment.get("AWS_EC2_METADATA_DISABLED") == "false" and gives_credentials(_seen()):
            return Ended(0, json.dumps({"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": METADATA}))
        self._pause(float(environment.get("AWS_METADATA_SERVICE_TIMEOUT", 1)))
        return Ended(253, err="\nUnable to retrieve credentials: no credentials found\n")

    def _reached(self, url: str, options: Mapping[str, str]) -> Ended:
        """A call to whatever is there, which is no S3 (botocore's exceptions have the words)."""
        if "--no-sign-request" not in options:
            return Ended(252, err="\nthe sandbox's AWS CLI lists buckets of other endpoints unsigned\n")
        asked = urlsplit(url)
        match answer(_seen(), asked.hostname or "", asked.port or 80):
            case "answers":
                return Ended(254, err="\nAn error occurred (404) when calling the ListBuckets operation: Not Found\n")
            case "silence":
                self._pause(float(options["--cli-connect-timeout"]))
                return Ended(255, err=f'\nConnect timeout on endpoint URL: "{url}/"\n')
            case _:
                return Ended(255, err=f'\nCould not connect to the endpoint URL: "{url}/"\n')

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


def _seen() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(os.environ[NETWORK]).read_text())
    return found


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
    return options, files


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
