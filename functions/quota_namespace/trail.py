"""Whether CloudTrail tells EventBridge of quotas that somebody makes or deletes by himself."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from onboarding.aws_errors import is_denied, is_missing
from onboarding.plan import Finding
from onboarding.resource import Context


def trail_findings(context: Context) -> Iterator[Finding]:
    """A trail that logs must be there (EventBridge user guide, "AWS service events delivered via AWS CloudTrail").

    What a trail of the organization does its member account may not be told: then this does not say that none logs.
    Raises botocore's ClientError.
    """
    settings, cloudtrail = context.settings, context.accounts.client("cloudtrail")
    resource, unknown = f"{settings.account} CloudTrail in {settings.region}", []
    trails = [trail["TrailARN"] for trail in cloudtrail.describe_trails()["trailList"]]
    for arn in trails:
        try:
            logs = cloudtrail.get_trail_status(Name=arn)["IsLogging"]
        except ClientError as error:
            if not (is_denied(error) or is_missing(error)):
                raise
            unknown.append(arn)
            continue
        if logs:
            yield Finding(id="TRAIL", resource=resource, state=f"{arn.rsplit('/', 1)[1]} logs")
            return
    if unknown:
        yield Finding(id="TRAIL", resource=resource, state=f"not known whether {', '.join(unknown)} logs")
        return
    yield Finding(
        id="TRAIL",
        resource=resource,
        state="no trail logs",
        reason="a quota that somebody makes or deletes by himself is not noticed",
        mend=f"aws cloudtrail start-logging --name {trails[0]}"
        if trails
        else "aws cloudtrail create-trail --name events --is-multi-region-trail --s3-bucket-name ... && "
        "aws cloudtrail start-logging --name events",
        warning=True,
    )
