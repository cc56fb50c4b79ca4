"""The Kubernetes API of the EKS cluster, as this function's role."""

import base64
import json
import os
import time
from functools import lru_cache
from typing import Any, Final

from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

from onboarding import errors
from onboarding.accounts import Accounts
from onboarding.cluster_token import new_token
from onboarding.resource import Context

# EKS takes a token for 15 minutes after its signature, whatever its URL says (aws-iam-authenticator).
_RENEW_AFTER_SECONDS: Final = 600
_CALL_SECONDS: Final = 15
_UNKNOWN_CALLER: Final = 401

Object = dict[str, Any]


class Cluster:
    """One cluster's API: objects as plain JSON, errors as ours."""

    def __init__(self, accounts: Accounts, name: str) -> None:
        self._accounts, self._name = accounts, name
        described = accounts.client("eks").describe_cluster(name=name)["cluster"]
        self._host: str = described["endpoint"]
        authority = base64.b64decode(described["certificateAuthority"]["data"]).decode()
        # botocore's own HTTP library is enough for plain JSON: the client for Kubernetes loads a model of every object.
        self._client = PoolManager(cert_reqs="CERT_REQUIRED", ca_cert_data=authority)
        self._token, self._signed = "", 0.0

    def get(self, path: str) -> Object | None:
        """The object at a path of the API, or None."""
        return self._call("GET", path)

    def create(self, path: str, body: Object) -> None:
        """Creates an object in the collection at the path."""
        self._call("POST", path, body)

    def patch(self, path: str, body: Object) -> None:
        """Merges the fields into the object at the path."""
        self._call("PATCH", path, body)

    def delete(self, path: str) -> None:
        """Deletes the object at the path, where there is one."""
        self._call("DELETE", path)

    def allows(self, attributes: dict[str, str]) -> bool:
        """Whether this function's role may do it (SelfSubjectAccessReview)."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = self._call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review) or {}
        return bool(answer.get("status", {}).get("allowed"))

    def _call(self, method: str, path: str, body: Object | None = None) -> Object | None:
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {self._bearer()}",
            # As the SDK does it: the name by which audit logs tell who calls.
            "User-Agent": os.environ.get("AWS_SDK_UA_APP_ID", self._accounts.stack),
        }
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        status, why, text = self._answer(method, path, headers, body)
        if status == _UNKNOWN_CALLER:
            # Whatever was wrong with the token, a new one may do; nothing has happened by this one.
            self._token = ""
            headers["Authorization"] = f"Bearer {self._bearer()}"
            status, why, text = self._answer(method, path, headers, body)
            if status == _UNKNOWN_CALLER:
                # The cluster may be another one by now, or gone; the next try asks EKS for it again.
                _cluster.cache_clear()
        found = _parsed(text)
        if status == 404 and method != "POST":
            return None
        if status >= 400:
            said = str(found.get("message", why))
            raise _kind(status, said)(f"{method} {path} was refused with {status}: {said}")
        return found

    def _answer(self, method: str, path: str, headers: dict[str, str], body: Object | None) -> tuple[int, str, bytes]:
        """Status, reason and body."""
        try:
            answer = self._client.request(
                method, self._host + path, headers=headers, json=body, timeout=_CALL_SECONDS, retries=0
            )
            return answer.status, answer.reason or "", answer.data
        except HTTPError as error:
            # The endpoint may have changed; the next try asks EKS for it again.
            _cluster.cache_clear()
            reason = f"{method} {path}: the Kubernetes API did not answer ({type(error).__name__})"
            raise errors.ServiceUnavailable(reason) from error

    def _bearer(self) -> str:
        # By the wall clock: between invocations a function is frozen, and a monotonic clock may stand still meanwhile
        # (vault-lambda-extension #150, aws-sdk-go-v2 #789).
        if not self._token or not 0 <= time.time() - self._signed <= _RENEW_AFTER_SECONDS:
            self._token, self._signed = new_token(self._accounts.client("sts"), self._name), time.time()
        return self._token


@lru_cache(maxsize=1)
def _cluster(accounts: Accounts, name: str) -> Cluster:
    return Cluster(accounts, name)


def cluster_of(context: Context) -> Cluster:
    """The team's cluster; kept while the function is warm."""
    return _cluster(context.accounts, context.settings.eks_cluster)


def _parsed(text: bytes | None) -> Object:
    try:
        value = json.loads(text or b"{}")
    except ValueError:
        # A proxy on the way answers in words of its own.
        return {}
    return value if isinstance(value, dict) else {}


def _kind(status: int, said: str) -> type[errors.OnboardingError]:
    if status == 429:
        return errors.Throttled
    if status >= 500:
        return errors.ServiceUnavailable
    # The namespace of an object that is made: one that is made anew comes some time later.
    if status == 404 and said.startswith("namespaces "):
        return errors.Busy
    # A namespace on its way out refuses new objects with 403 until it is gone.
    if status == 409 or (status == 403 and "being terminated" in said):
        return errors.Busy
    # EKS does not know who calls for moments after an access entry was made (eksauth #2).
    if status == _UNKNOWN_CALLER:
        return errors.NotYetVisible
    return errors.AccessDenied if status == 403 else errors.ServiceRefused
