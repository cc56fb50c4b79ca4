"""The pod's script, under the real shell, with an AWS CLI that ends as it is told to."""

import os
import subprocess
from pathlib import Path

import pytest

from probe.manifest import SCRIPT

EXPORTED = '{"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret"}'
NONE = "\naws: [ERROR]: Unable to retrieve credentials: no credentials found"
UNKNOWN = "aws: error: argument subcommand: Invalid choice, valid choices are:"
URL = "http://canary.hyperpod-ns-speech.svc:8080"


def said(folder: Path, code: int, out: str, err: str, *tried: str) -> tuple[str, str]:
    """What the script leaves, and the variables that the AWS CLI has seen."""
    aws, left, seen = folder / "aws", folder / "left", folder / "seen"
    (folder / "out").write_text(out)
    (folder / "err").write_text(err)
    aws.write_text(f"#!/bin/sh\nenv >{seen}\ncat {folder}/out\ncat {folder}/err >&2\nexit {code}\n")
    aws.chmod(0o700)
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "OUTCOMES": str(left),
        "PATIENCE": "0",
        "FENCE_PATIENCE": "0",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
    }
    subprocess.run(["/bin/sh", "-c", SCRIPT, "probe", *tried], env=environment, check=True, timeout=30)
    return left.read_text(), seen.read_text()


@pytest.mark.parametrize(
    ("code", "out", "err", "letter"),
    [
        (0, EXPORTED, "", "y"),
        (253, "", NONE, "n"),
        (255, "", NONE, "n"),
        (252, "", UNKNOWN, "x"),
        (2, "", UNKNOWN, "x"),
    ],
    ids=["got them", "none", "none, of older words", "an AWS CLI that cannot", "version 1"],
)
def test_credentials_of_the_node_are_asked_for_where_nothing_else_has_any_and_shown_to_nobody(
    tmp_path: Path, code: int, out: str, err: str, letter: str
) -> None:
    left, seen = said(tmp_path, code, out, err, "fenced", "credentials", "169.254.169.254", "")
    assert left[0] == letter
    assert "secret" not in left
    assert "AWS_EC2_METADATA_DISABLED=false" in seen
    assert "AWS_CONTAINER_CREDENTIALS" not in seen


@pytest.mark.parametrize(
    ("code", "err", "letter"),
    [
        (0, "", "y"),
        (254, "An error occurred (404) when calling the ListBuckets operation: Not Found", "y"),
        (255, f'Read timeout on endpoint URL: "{URL}/"', "y"),
        (255, f'Connection was closed before we received a valid response from endpoint URL: "{URL}/".', "y"),
        (255, f'Connect timeout on endpoint URL: "{URL}/"', "n"),
        (255, f'Could not connect to the endpoint URL: "{URL}/"', "x"),
    ],
)
def test_whatever_answers_is_reached_and_what_is_not_there_shows_nothing(
    tmp_path: Path, code: int, err: str, letter: str
) -> None:
    left, seen = said(tmp_path, code, "", err, "fenced", "reach", URL, "")
    assert left[0] == letter
    assert "AWS_EC2_METADATA_DISABLED=true" in seen


def test_a_pod_that_has_no_credentials_of_its_own_tries_no_fence(tmp_path: Path) -> None:
    err = "Error when retrieving credentials from container-role"
    left, _ = said(tmp_path, 255, "", err, "in", "list", "point", "", "fenced", "reach", URL, "")
    assert left.startswith("c\n0 Error")
