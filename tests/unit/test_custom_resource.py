"""What a request of CloudFormation is read as, where its answer may go, and how long that may be."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from custom_resource.answer import MOST_BYTES, body, put
from custom_resource.declared import declared
from custom_resource.properties import typed
from custom_resource.response_url import NotCloudFormationError, ResponseUrl
from onboarding.errors import InvalidRequest, ServiceRefused, ServiceUnavailable
from onboarding.request import TeamRequest
from onboarding.settings import Settings

REGION = "us-west-2"
BUCKET = "cloudformation-custom-resource-response-uswest2"
SECRET = "X-Amz-Signature=0123456789abcdef"

SETTINGS = Settings(
    stack="hyperpod-onboarding",
    prefix="hyperpod",
    partition="aws",
    region=REGION,
    account="111122223333",
    hyperpod_cluster_arn="arn:aws:sagemaker:us-west-2:111122223333:cluster/abcdefghijkl",
    eks_cluster="research",
    member_role="",
    external_id="",
    registry_table="registry",
    permissions_boundary="",
)

PROPERTIES: dict[str, Any] = {
    "ServiceToken": "arn:aws:lambda:us-west-2:111122223333:function:hyperpod-onboarding-custom-resource",
    "ServiceTimeout": "1800",
    "team": "vision",
    "dataScientistRoleArn": "arn:aws:iam::444455556666:role/DataScientistRole",
    "datasets": [{"bucket": "example-corp-images", "accountId": "077788889999"}],
    "quota": {
        "resources": [{"instanceType": "ml.p5.48xlarge", "count": "2"}],
        "sharing": {"strategy": "LendAndBorrow", "borrowLimit": "50"},
    },
    "fence": {"network": "false", "pods": "20", "cpu": "100m"},
    "probe": "true",
}


def asked(kind: str = "Create", **changes: Any) -> dict[str, Any]:
    """A request, without its address."""
    return {
        "RequestType": kind,
        "StackId": "arn:aws:cloudformation:us-west-2:111122223333:stack/teams/11111111",
        "RequestId": "22222222",
        "LogicalResourceId": "Team",
        "ResourceProperties": PROPERTIES,
        **changes,
    }


@pytest.mark.parametrize("service", ["s3", "s3-us-west-2", "s3.us-west-2"])
def test_an_address_in_cloudformations_bucket_is_taken_in_each_of_its_spellings(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    url = ResponseUrl.of(f"https://{BUCKET}.{service}.amazonaws.com/key%7CTeam?{SECRET}", REGION)
    assert (url.secure, url.host) == (True, f"{BUCKET}.{service}.amazonaws.com")
    assert url.target == f"/key%7CTeam?{SECRET}"
    assert SECRET not in repr(url)


@pytest.mark.parametrize(
    "url",
    [
        None,
        7,
        "",
        "https://[",
        f"http://{BUCKET}.s3.amazonaws.com/key",
        f"https://{BUCKET}.s3.amazonaws.com",
        f"https://{BUCKET}.s3.amazonaws.com:8443/key",
        f"https://{BUCKET}.s3.amazonaws.com@example.com/key",
        f"https://user@{BUCKET}.s3.amazonaws.com/key",
        f"https://{BUCKET}.s3.amazonaws.com.example.com/key",
        f"https://{BUCKET}.s3.us-east-1.amazonaws.com/key",
        f"https://{BUCKET}-x.s3.amazonaws.com/key",
        f"https://s3.amazonaws.com/{BUCKET}/key",
        "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/key",
        "https://169.254.169.254/latest/meta-data",
        f"https://example.com/?https://{BUCKET}.s3.amazonaws.com/key",
        f"https://{BUCKET}.s3.amazonaws.com/key\r\nHost: example.com",
        f" https://{BUCKET}.s3.amazonaws.com/key",
        f"https://{BUCKET}.s3.amazonaws.com\uff0f/key",
    ],
)
def test_every_other_address_is_refused_in_a_sentence_that_does_not_repeat_it(url: object) -> None:
    with pytest.raises(NotCloudFormationError) as refused:
        ResponseUrl.of(url, REGION)
    assert str(refused.value).startswith(f"ResponseURL does not lead to CloudFormation's bucket {BUCKET}")
    assert "example.com" not in str(refused.value)


def test_text_becomes_a_number_or_a_truth_value_where_the_request_has_one_and_nowhere_else() -> None:
    found = declared(asked(), SETTINGS)
    assert found.detail is not None
    assert found.detail["quota"]["resources"] == [{"instanceType": "ml.p5.48xlarge", "count": 2}]
    assert found.detail["quota"]["sharing"]["borrowLimit"] == 50
    assert found.detail["fence"] == {"network": False, "pods": 20, "cpu": "100m"}
    assert found.detail["probe"] is True
    assert found.detail["datasets"][0]["accountId"] == "077788889999"
    assert "ServiceTimeout" not in found.detail


@pytest.mark.parametrize("text", ["", "two", "2.5", "02", "+2", " 2", "0x2", "2e3", "٢", "9" * 19, "True", "null"])
def test_text_that_is_no_plain_number_stays_text(text: str) -> None:
    shape = {"type": "object", "properties": {"count": {"type": "integer"}, "on": {"type": "boolean"}}}
    assert typed({"count": text, "on": text}, shape) == {"count": text, "on": text}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"team": "Not A Team"}, 'detail.team is "Not A Team"'),
        ({"quota": {"resources": [{"instanceType": "ml.p5.48xlarge", "count": "2.5"}]}}, 'count is "2.5"'),
        ({"probe": "yes"}, 'detail.probe is "yes"'),
        ({"Datasets": []}, "Datasets"),
        ({"dryRun": "true"}, "dryRun is nothing that a stack can declare"),
        ({"datasets": "example-corp-images"}, "detail.datasets"),
    ],
)
def test_a_mistake_is_told_by_the_name_of_its_property(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        declared(asked(ResourceProperties={**PROPERTIES, **changes}), SETTINGS)
    assert why in refused.value.reason


def test_the_resource_is_called_by_its_team_and_tells_its_way_in() -> None:
    found = declared(asked(), SETTINGS)
    assert (found.physical_id, found.team, found.leave) == ("vision", "vision", ())
    assert found.data["Namespace"] == "hyperpod-ns-vision"
    assert found.data["DataAccessRoleArn"] == "arn:aws:iam::111122223333:role/hyperpod-data-access-vision"
    assert found.data["AccessPointArns"].startswith("arn:aws:s3:us-west-2:077788889999:accesspoint/")


@pytest.mark.parametrize(
    ("known", "properties", "leave"),
    [
        ("vision", PROPERTIES, ("vision",)),
        ("teams-Team-0A1B2C", PROPERTIES, ("vision",)),
        ("Team was not made", {"team": "Not A Team"}, ()),
        ("Team was not made", {}, ()),
        ("speech", PROPERTIES, ("speech", "vision")),
        ("Team was not made", {"team": ["vision"]}, ()),
        ("Team was not made", {"team": "v" * 41}, ()),
    ],
)
def test_a_deletion_is_never_a_mistake(known: str, properties: dict[str, Any], leave: tuple[str, ...]) -> None:
    found = declared(asked("Delete", PhysicalResourceId=known, ResourceProperties=properties), SETTINGS)
    assert (found.detail, found.physical_id, found.leave) == (None, known, leave)


@pytest.mark.parametrize(
    ("known", "old", "leave"),
    [("vision", "vision", ()), ("speech", "speech", ()), ("vision", "speech", ("speech",)), ("vision", None, ())],
)
def test_what_an_update_tried_in_vain_leaves_with_the_way_back(
    known: str, old: str | None, leave: tuple[str, ...]
) -> None:
    request = asked("Update", PhysicalResourceId=known, OldResourceProperties={"team": old})
    assert declared(request, SETTINGS).leave == leave


@pytest.mark.parametrize("reason", ["short", "x" * 5000, "ü" * 5000, '"\\\n' * 3000, "\U0001f600" * 3000])
def test_an_answer_fits_whatever_its_reason(reason: str) -> None:
    answer = body(asked(), "vision", {}, reason)
    assert len(answer) <= MOST_BYTES
    told = json.loads(answer)
    assert (told["Status"], told["PhysicalResourceId"], told["RequestId"]) == ("FAILED", "vision", "22222222")
    assert told["Reason"] == reason or (told["Reason"].endswith(" …") and len(told["Reason"]) > 200)


def test_the_attributes_of_the_largest_team_fit_into_an_answer() -> None:
    datasets = [{"bucket": f"{'b' * 60}-{n:02}", "accountId": "777788889999", "prefix": "p" * 255} for n in range(20)]
    properties = {**PROPERTIES, "team": "t" * 40, "datasets": datasets}
    found = declared(asked(ResourceProperties=properties), SETTINGS)
    answer = body(asked(), found.physical_id, found.data, None)
    assert len(answer) <= MOST_BYTES - 1000
    assert len(json.loads(answer)["Data"]["AccessPointArns"].split(",")) == 20
    assert isinstance(TeamRequest.model_validate(found.detail, strict=False), TeamRequest)


class Bucket(BaseHTTPRequestHandler):
    """Answers every PUT with one status, and keeps what it was sent."""

    status = 200
    seen: list[tuple[str, str | None, bytes]] = []  # noqa: RUF012 # one server a test

    def do_PUT(self) -> None:  # http.server's name
        """Takes it."""
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, self.headers["Content-Type"], content))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing."""


@pytest.fixture
def bucket() -> Iterator[HTTPServer]:
    """A bucket that listens."""
    Bucket.seen.clear()
    server = HTTPServer(("127.0.0.1", 0), Bucket)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, None),
        (204, None),
        (302, ServiceRefused),
        (307, ServiceRefused),
        (403, ServiceRefused),
        (429, ServiceUnavailable),
        (500, ServiceUnavailable),
        (503, ServiceUnavailable),
    ],
)
def test_an_answer_is_put_once_without_a_type_and_without_following(
    bucket: HTTPServer, status: int, error: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bucket, "status", status)
    url = ResponseUrl(secure=False, host=f"127.0.0.1:{bucket.server_port}", target=f"/key?{SECRET}")
    if error is None:
        put(url, b"{}")
    else:
        with pytest.raises(error) as refused:
            put(url, b"{}")
        assert SECRET not in str(refused.value)
    assert Bucket.seen == [(f"/key?{SECRET}", "", b"{}")]


def test_a_bucket_that_cannot_be_reached_is_tried_again(bucket: HTTPServer) -> None:
    bucket.shutdown()
    bucket.server_close()
    with pytest.raises(ServiceUnavailable):
        put(ResponseUrl(secure=False, host=f"127.0.0.1:{bucket.server_port}", target=f"/key?{SECRET}"), b"{}")
