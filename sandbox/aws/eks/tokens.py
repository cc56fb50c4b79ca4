"""Who a Kubernetes bearer token of EKS stands for."""

import base64
import binascii
import hmac
import ipaddress
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.eks.models import Cluster, eks_backends
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from sandbox.aws.eks.access_entries import POLICY_PREFIX, AccessEntry
from sandbox.aws.eks.clusters import extras
from sandbox.aws.iam.principals import unique_id
from sandbox.aws.moto.installation import current
from sandbox.cluster.api.identity import Identity
from sandbox.cluster.authorization.hyperpod_policies import HYPERPOD_POLICIES

PREFIX = "k8s-aws-v1."
LONGEST = timedelta(minutes=15)
_STS_HOST = re.compile(r"sts(\.[a-z0-9-]+)?\.amazonaws\.com")
_RULES = {
    "AmazonEKSViewPolicy": "view",
    "AmazonEKSEditPolicy": "edit",
    "AmazonEKSAdminPolicy": "admin",
    "AmazonEKSClusterAdminPolicy": "cluster-admin",
    **{name: name for name in HYPERPOD_POLICIES},
}


def authenticate(token: str, cluster: str) -> Identity | None:
    """The identity that the cluster's access entries give the token's bearer, None for 401.

    The token is a presigned GetCallerIdentity request that names the cluster in a signed header. Checked are its
    action, host, header, age, session token and signature; only the host may also be one of this machine or network,
    because the sandbox's STS is there.
    """
    url = _presigned_url(token)
    if url is None:
        return None
    query = dict(parse_qsl(urlsplit(url).query))
    bearer = _bearer(query)
    if bearer is None or not _is_sound(url, query) or not _is_signed(url, query, cluster, bearer[1]):
        return None
    principal, _, session = bearer
    with current().lock:
        entry = _entry(principal, cluster)
        return _identity(entry, session) if entry else None


def _presigned_url(token: str) -> str | None:
    if not token.startswith(PREFIX):
        return None
    encoded = token.removeprefix(PREFIX)
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _bearer(query: dict[str, str]) -> tuple[str, Credentials, str] | None:
    """Principal ARN, credentials and session name of the access key that signed."""
    key = query.get("X-Amz-Credential", "").split("/")[0]
    for account in list(sts_backends):
        session = sts_backends[account]["aws"].get_assumed_role_from_access_key(key)
        if session is not None:
            if session.expiration < datetime.now(UTC).replace(tzinfo=None):
                return None
            secrets = Credentials(key, session.secret_access_key, session.session_token)
            return session.role_arn, secrets, session.session_name
    for account in list(iam_backends):
        held = iam_backends[account]["aws"].access_keys.get(key)
        user = iam_backends[account]["aws"].users.get(held.user_name or "") if held else None
        if held and user:
            return user.arn, Credentials(key, held.secret_access_key), ""
    return None


def _is_sound(url: str, query: dict[str, str]) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        signed = datetime.strptime(query.get("X-Amz-Date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    age, oldest = datetime.now(UTC) - signed, current().tokens_from
    return (
        (oldest is None or signed >= oldest)
        and query.get("Action") == "GetCallerIdentity"
        and (bool(_STS_HOST.fullmatch(host)) or _is_near(host))
        and "x-k8s-aws-id" in query.get("X-Amz-SignedHeaders", "").split(";")
        and timedelta(minutes=-1) <= age <= LONGEST
    )


def _is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host in ("localhost", "host.docker.internal")


def _is_signed(url: str, query: dict[str, str], cluster: str, credentials: Credentials) -> bool:
    if query.get("X-Amz-Security-Token") != credentials.token:
        return False
    given = query.get("X-Amz-Signature", "")
    _, _, region, service, _ = (query["X-Amz-Credential"].split("/") + [""] * 5)[:5]
    bare = re.sub(r"&X-Amz-Signature=[0-9a-f]*", "", url)
    request = AWSRequest(method="GET", url=bare, headers={"x-k8s-aws-id": cluster})
    request.context["timestamp"] = query["X-Amz-Date"]
    auth = SigV4QueryAuth(credentials, service, region)
    expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    return hmac.compare_digest(expected, given)


def _entry(principal: str, cluster: str) -> AccessEntry | None:
    found = next((held[cluster] for held in _clusters() if cluster in held), None)
    entry: AccessEntry | None = extras(found).access_entries.get(principal) if found else None
    # A role that was deleted and made again under its name is another principal.
    if entry is None or entry.principal_id != unique_id(principal):
        return None
    return entry if current().clock.now() - entry.born >= current().delays.entry_known else None


def _clusters() -> Iterator[dict[str, Cluster]]:
    for regions in list(eks_backends.values()):
        for backend in list(regions.values()):
            yield backend.clusters


def _identity(entry: AccessEntry, session: str) -> Identity:
    policies: list[tuple[str, tuple[str, ...] | None]] = []
    for arn, associated in entry.policies.items():
        role = _RULES.get(arn.removeprefix(POLICY_PREFIX))
        scope = associated["accessScope"]
        if role:
            policies.append((role, None if scope["type"] == "cluster" else tuple(scope["namespaces"])))
    username = entry.username.replace("{{SessionNameRaw}}", session).replace(
        "{{SessionName}}", re.sub(r"[^\w.-]", "-", session)
    )
    return Identity(username, tuple(entry.groups), tuple(policies))
