"""The accounts and the Regions that the sandbox plays."""

REGION = "us-west-2"

CLUSTER_ACCOUNT = "111122223333"
"""Account A: the HyperPod cluster, and this stack."""

SCIENTISTS_ACCOUNT = "444455556666"
"""Account B: the data scientists and their DataScientistRole."""

DATA_ACCOUNT = "777788889999"
"""Account C: the buckets and their keys."""

ACCOUNTS = {"A": CLUSTER_ACCOUNT, "B": SCIENTISTS_ACCOUNT, "C": DATA_ACCOUNT}

MANAGEMENT_ACCOUNT = "222233334444"
"""The organization's management account; A, B and C are members."""

ORGANIZATION_REGION = "us-east-1"
"""Where Organizations' events are seen."""

ROOT = "r-ab12"
WATCHED_OU = "ou-ab12-mlteams1"
OTHER_OU = "ou-ab12-sandbox1"
"""Organizational units: scientists' accounts are onboarded from the watched one."""

FILE_SYSTEM = "fs-0123456789abcdef0"
"""The FSx for Lustre file system on which teams may have folders."""

HYPERPOD_CLUSTER = "research"
EKS_CLUSTER = "research-eks"
STACK = "hyperpod-onboarding"
EXTERNAL_ID = "sandbox-external-id"
