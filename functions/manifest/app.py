"""Manifest: checks all lines of a bulk onboarding before the first team is touched, and reports on them at the end.

Beside a manifest KEY are KEY.items.json (what is left to do), KEY.results/ (an object a request, named by its digest
and by how it ended) and KEY.result.json (the report).
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from manifest.lines import Line, lines
from onboarding.accounts import Accounts
from onboarding.aws_errors import is_missing, translated
from onboarding.errors import InvalidRequest
from onboarding.profiles import Profiles
from onboarding.settings import settings

FOLDER: Final = "manifests/"
_SHOWN: Final = 25
_READERS: Final = 10
"""As many connections as botocore keeps open."""

logger = Logger(service="manifest")


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Takes `{action: check | report, key}`; returns counts, and for `check` the first bad lines.

    Raises InvalidRequest where there is no such manifest, other errors of `onboarding.errors` where the bucket or a
    profile cannot be read.
    """
    manifest = _Manifest(event.get("key"))
    counts = manifest.check() if event["action"] == "check" else manifest.report()
    logger.info(event["action"], extra={key: value for key, value in counts.items() if isinstance(value, int)})
    return counts


class _Manifest:
    def __init__(self, key: object) -> None:
        if not isinstance(key, str) or not key.startswith(FOLDER) or not key.endswith((".jsonl", ".csv")):
            raise InvalidRequest(f"key is {json.dumps(key)}: give {FOLDER}NAME.jsonl or {FOLDER}NAME.csv.")
        self._accounts = Accounts(settings())
        self._s3: Any = self._accounts.client("s3")
        self._bucket, self._key = os.environ["FILES_BUCKET"], key
        self._lines = lines(self._text(), key, cache(Profiles(self._accounts, settings()).read))
        self._done, self._failed = self._results()

    def check(self) -> dict[str, Any]:
        """Writes what is left to do; a request that an earlier run has onboarded is not."""
        left = [line for line in self._good if line.digest not in self._done]
        items = [
            {"line": line.number, "team": line.team, "digest": line.digest, "request": line.request} for line in left
        ]
        self._put(f"{self._key}.items.json", items)
        bad = self._bad
        return {
            "bucket": self._bucket,
            "key": self._key,
            "items": f"{self._key}.items.json",
            "results": f"{self._key}.results/",
            "lines": len(self._lines),
            "toDo": len(left),
            "done": len(self._good) - len(left),
            "bad": len(bad),
            "badLines": [{"line": line.number, "team": line.team, "reason": line.reason} for line in bad[:_SHOWN]],
        }

    def report(self) -> dict[str, Any]:
        """Writes the result of every line."""
        # Each failure is an object of its own, and there may be thousands for the time that a function has.
        with ThreadPoolExecutor(_READERS) as pool:
            results = list(pool.map(self._result, self._lines))
        self._put(f"{self._key}.result.json", results)
        ends = [result["result"] for result in results]
        return {
            "report": f"s3://{self._bucket}/{self._key}.result.json",
            **{end: ends.count(end) for end in ("onboarded", "failed", "bad", "left")},
        }

    @property
    def _good(self) -> list[Line]:
        return [line for line in self._lines if line.reason is None]

    @property
    def _bad(self) -> list[Line]:
        return [line for line in self._lines if line.reason is not None]

    def _result(self, line: Line) -> dict[str, Any]:
        found: dict[str, Any] = {"line": line.number, "team": line.team}
        if line.reason is not None:
            return {**found, "result": "bad", "reason": line.reason}
        if line.digest in self._done:
            return {**found, "result": "onboarded"}
        if line.digest in self._failed:
            return {**found, "result": "failed", **json.loads(self._read(f"{self._key}.results/{line.digest}.failed"))}
        return {**found, "result": "left"}

    def _results(self) -> tuple[set[str], set[str]]:
        prefix, ends = f"{self._key}.results/", {"onboarded": set[str](), "failed": set[str]()}
        with translated(f"bucket {self._bucket}"):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
                for found in page.get("Contents", []):
                    digest, _, end = found["Key"].removeprefix(prefix).partition(".")
                    ends[end].add(digest)
        return ends["onboarded"], ends["failed"]

    def _text(self) -> str:
        try:
            # Spreadsheets put a byte order mark before their CSV.
            return self._read(self._key).removeprefix("\ufeff")
        except UnicodeDecodeError:
            raise InvalidRequest(f"{self._key} is not UTF-8 text.") from None

    def _read(self, key: str) -> str:
        with translated(f"bucket {self._bucket}"):
            try:
                text: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if is_missing(error) or error.response["Error"]["Code"] == "NoSuchKey":
                    raise InvalidRequest(f"There is no s3://{self._bucket}/{key}.") from error
                raise
        return text.decode()

    def _put(self, key: str, value: object) -> None:
        with translated(f"bucket {self._bucket}"):
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=json.dumps(value).encode())
