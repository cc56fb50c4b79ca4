"""The token by which a caller's AWS credentials are his credentials for the cluster's Kubernetes API."""

import base64
from typing import Any, Final

from botocore.signers import RequestSigner

_TOKEN_SECONDS: Final = 60


def new_token(sts: Any, cluster: str) -> str:
    """A bearer token of whoever the STS client is; signed on the spot, without a call.

    It is a presigned GetCallerIdentity that names the cluster in a signed header: EKS asks STS who signed it
    (aws-iam-authenticator). Raises botocore's NoCredentialsError where there are none.
    """
    signer = RequestSigner(
        sts.meta.service_model.service_id,
        sts.meta.region_name,
        "sts",
        "v4",
        sts._request_signer._credentials,
        sts.meta.events,
    )
    request = {
        "method": "GET",
        "url": f"{sts.meta.endpoint_url}/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": cluster},
        "context": {},
    }
    url = signer.generate_presigned_url(
        request, region_name=sts.meta.region_name, expires_in=_TOKEN_SECONDS, operation_name=""
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
