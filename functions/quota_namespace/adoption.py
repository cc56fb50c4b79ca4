"""Whether a team may use a quota that somebody made by hand, and with it the quota's namespace."""

from collections.abc import Mapping
from typing import Any

from onboarding import ownership
from onboarding.errors import Conflict


def refuse_ungiven(quota: Mapping[str, Any], tags: Mapping[str, str], account: str, address: str) -> None:
    """Raises Conflict unless its maker has given the quota (as DescribeComputeQuota shows it) to this account, by its
    tag: otherwise whoever asks for a team of that name would get its share, and what is in its namespace.
    """
    given = tags.get(ownership.ACCOUNT_TAG)
    if given == account:
        return
    raise Conflict(
        f"quota {quota['Name']} of team {quota['ComputeQuotaTarget']['TeamName']} was made by hand, and "
        f"{f'is for account {given}' if given else 'does not say for which account'}; it was left alone. If account "
        f"{account} is to have it, whoever answers for it runs: aws sagemaker add-tags --resource-arn "
        f"{quota['ComputeQuotaArn']} --tags Key={ownership.ACCOUNT_TAG},Value={account}. Then replay",
        resource=address,
    )
