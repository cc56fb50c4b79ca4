"""The three accounts and the Region that the sandbox plays."""

REGION = "us-west-2"

CLUSTER_ACCOUNT = "111122223333"
"""Account A: the HyperPod cluster, and this stack."""

SCIENTISTS_ACCOUNT = "444455556666"
"""Account B: the data scientists and their DataScientistRole."""

DATA_ACCOUNT = "777788889999"
"""Account C: the buckets and their keys."""

ACCOUNTS = {"A": CLUSTER_ACCOUNT, "B": SCIENTISTS_ACCOUNT, "C": DATA_ACCOUNT}

LOOPBACK = "127.0.0.1"
"""Where everything listens, unless containers of this machine are to reach it too."""

HYPERPOD_CLUSTER = "research"
EKS_CLUSTER = "research-eks"
STACK = "hyperpod-onboarding"
EXTERNAL_ID = "sandbox-external-id"
