"""What checks of a plan find, by the id that plan, doctor, announcements and the docs share.

An id never changes its meaning.
"""

from typing import Final, Literal, NamedTuple

FindingId = Literal[
    "ACCESS-DENIED",
    "ADD-ON-HEALTH",
    "ADD-ON-MISSING",
    "ADD-ON-VERSION",
    "CONFLICT",
    "EKS-AUTH-MODE",
    "EKS-GROUP",
    "EKS-POLICY",
    "EKS-POLICY-FOREIGN",
    "EKS-POLICY-UNKNOWN",
    "EKS-STATUS",
    "FSX-BACKUPS",
    "FSX-DRIVER",
    "FSX-FILE-SYSTEM",
    "FSX-LINKS",
    "FSX-NESTED",
    "FSX-NONE",
    "HYPERPOD-CLUSTER",
    "IAM-OWN-ROLE",
    "IAM-PERMISSION-SET",
    "IAM-POLICY-SIZE",
    "IAM-ROLE",
    "IAM-ROLE-ROOM",
    "IAM-TRUST-SIZE",
    "INVALID-REQUEST",
    "KMS-KEY",
    "KMS-MANAGED",
    "KMS-STATE",
    "MEMBER-ROLE",
    "NETWORK-POLICY",
    "NETWORK-VERSION",
    "NEWER-RECORD",
    "NODE-ROLE",
    "NOT-AUTHORIZED",
    "NOT-LISTED",
    "NOT-SEEN",
    "POD-POLICY",
    "PROBE-INCONCLUSIVE",
    "PROBE-REFUSED",
    "PROBE-RIGHTS",
    "QUOTA-CAPACITY",
    "QUOTA-DISABLED",
    "QUOTA-IDLE",
    "QUOTA-INSTANCE-TYPE",
    "QUOTA-REMADE",
    "QUOTA-WEIGHT",
    "RBAC-GRANTABLE",
    "RBAC-RULE",
    "S3-BUCKET",
    "S3-ENCRYPTION",
    "S3-OBJECT-OWNERSHIP",
    "S3-POLICY-PRINCIPAL",
    "S3-POLICY-ROOM",
    "S3-REGION",
    "S3-SHARE",
    "SCHEDULER-POLICY",
    "SERVICE-LIMIT",
    "SERVICE-REFUSED",
    "SHARES-INVALID",
    "SHARES-MISSING",
    "SHARES-UNREADABLE",
    "STILL-CHANGING",
    "TRAIL",
]


class Known(NamedTuple):
    """What is known of an id wherever it is found; the sentence of a finding says the rest."""

    looks_at: str
    """What is looked at, or found."""
    source: str
    """Where that rule comes from."""
    mend: str
    """What mends it: the command without its arguments, or what to do."""


FINDINGS: Final[dict[FindingId, Known]] = {
    "ACCESS-DENIED": Known(
        "a role of the stack lacks a permission, or a policy of the account or its organization denies it",
        "the service's own refusal",
        "give the permission to the role that the sentence names",
    ),
    "ADD-ON-HEALTH": Known(
        "an EKS add-on that onboarding relies on is not at work, or ails",
        "EKS API reference, DescribeAddon",
        "aws eks describe-addon, then what its health issues say",
    ),
    "ADD-ON-MISSING": Known(
        "an EKS add-on that onboarding relies on is not installed",
        "EKS API reference, DescribeAddon",
        "aws eks create-addon",
    ),
    "ADD-ON-VERSION": Known(
        "an EKS add-on is older than what the stack is made for, or as it must be",
        "EKS API reference, DescribeAddon",
        "aws eks update-addon",
    ),
    "CONFLICT": Known(
        "something of that name exists and is not this stack's",
        "ownership tags and labels",
        "remove or rename it, or choose another team name",
    ),
    "EKS-AUTH-MODE": Known(
        "the cluster's authentication mode takes access entries",
        'EKS user guide, "Change authentication mode to use access entries"',
        "aws eks update-cluster-config --access-config authenticationMode=API_AND_CONFIG_MAP",
    ),
    "EKS-GROUP": Known(
        "a Kubernetes group that the stack lets no team join",
        "the stack's parameter TeamGroups",
        "add it to TeamGroups, or leave it out",
    ),
    "EKS-POLICY": Known(
        "the team asks for more than the stack gives",
        "the stack's parameters MostAccessPolicy, AccessPolicies and ClusterAccessPolicies",
        "ask for less, or change the parameter",
    ),
    "EKS-POLICY-FOREIGN": Known(
        "somebody has associated another access policy with the team's entry",
        "EKS API reference, ListAssociatedAccessPolicies",
        "aws eks disassociate-access-policy",
    ),
    "EKS-POLICY-UNKNOWN": Known(
        "one of HyperPod's access policies that EKS does not have in this Region",
        "EKS API reference, ListAccessPolicies",
        "leave it out of the event",
    ),
    "EKS-STATUS": Known(
        "the EKS cluster is active",
        "EKS API reference, DescribeCluster: no endpoint before ACTIVE",
        "replay when it is ACTIVE",
    ),
    "FSX-BACKUPS": Known(
        "automatic backups beside links, which FSx does not support",
        'FSx for Lustre user guide, "Protecting your data with backups"',
        "aws fsx update-file-system --lustre-configuration AutomaticBackupRetentionDays=0",
    ),
    "FSX-DRIVER": Known(
        "the cluster mounts FSx volumes",
        "the cluster's CSIDriver objects",
        "aws eks create-addon --addon-name aws-fsx-csi-driver",
    ),
    "FSX-FILE-SYSTEM": Known(
        "the file system is one of the stack's, and takes the team's folders",
        "the stack's parameter FileSystemArns; FSx API reference, DataRepositoryAssociation",
        "what the sentence says",
    ),
    "FSX-LINKS": Known(
        "a file system has links left",
        'FSx for Lustre user guide, "Linking your file system to an S3 bucket"',
        "name another file system in FileSystemArns",
    ),
    "FSX-NESTED": Known(
        "prefixes on one file system lie within each other",
        'FSx for Lustre user guide, "Linking your file system to an S3 bucket"',
        "choose prefixes apart",
    ),
    "FSX-NONE": Known(
        "the team asks for storage, and the stack has none",
        "the stack's parameter FileSystemArns",
        "name file systems there, or leave storage out",
    ),
    "HYPERPOD-CLUSTER": Known(
        "the HyperPod cluster runs on the stack's EKS cluster",
        "SageMaker API reference, DescribeCluster",
        "correct the stack's parameters",
    ),
    "IAM-OWN-ROLE": Known(
        "a DataScientistRole is one of the stack's own roles",
        "the stack's role names",
        "name the role that the scientists use",
    ),
    "IAM-PERMISSION-SET": Known(
        "a permission set's own policy cannot be seen",
        "the permission set's policy, in another account",
        "add the statement to its inline policy",
    ),
    "IAM-POLICY-SIZE": Known(
        "the data access role's policy is too long",
        'IAM user guide, "IAM and AWS STS quotas"',
        "ask for fewer datasets or shorter prefixes",
    ),
    "IAM-ROLE": Known(
        "the DataScientistRole is there",
        "IAM API reference, GetRole",
        "correct the event's ARN",
    ),
    "IAM-ROLE-ROOM": Known(
        "the DataScientistRole has no room for the team's policy",
        'IAM user guide, "IAM and AWS STS quotas"',
        "shorten or remove inline policies of the role",
    ),
    "IAM-TRUST-SIZE": Known(
        "the cluster access role's trust policy is too long",
        'IAM user guide, "IAM and AWS STS quotas"',
        "name fewer scientists",
    ),
    "INVALID-REQUEST": Known(
        "what is asked for cannot be",
        "docs/event.md",
        "correct the event",
    ),
    "KMS-KEY": Known(
        "the dataset's key is there",
        "KMS API reference, DescribeKey",
        "correct the dataset's kmsKeyArn",
    ),
    "KMS-MANAGED": Known(
        "the key is managed by AWS and cannot be shared",
        "the key's own KeyManager (KMS API reference, KeyMetadata)",
        "give the bucket a key of your own",
    ),
    "KMS-STATE": Known(
        "the key is not in use",
        'KMS developer guide, "Key states of AWS KMS keys"',
        "aws kms enable-key, after aws kms cancel-key-deletion where it is to be deleted",
    ),
    "MEMBER-ROLE": Known(
        "the stack's role in another account can be assumed",
        "STS API reference, AssumeRole",
        "deploy the account's template anew",
    ),
    "NETWORK-POLICY": Known(
        "the cluster's network keeps to NetworkPolicies",
        'EKS user guide, "Restrict Pod network traffic with Kubernetes network policies"',
        'aws eks update-addon --configuration-values \'{"enableNetworkPolicy":"true"}\'',
    ),
    "NETWORK-VERSION": Known(
        "the VPC CNI lets through what a NetworkPolicy excepts",
        "aws-network-policy-agent #92",
        "aws eks update-addon",
    ),
    "NEWER-RECORD": Known(
        "a newer release has written the team's record",
        "docs/operating.md, the registry's version",
        "update the stack to that release, or to a later one",
    ),
    "NODE-ROLE": Known(
        "the instances may fetch pods' credentials",
        'EKS user guide, "Set up the Amazon EKS Pod Identity Agent"',
        "aws iam put-role-policy",
    ),
    "NOT-AUTHORIZED": Known(
        "whoever asks may not ask for this",
        "docs/security.md, who can start what",
        "let the account whose it is, or an administrator, ask",
    ),
    "NOT-LISTED": Known(
        "an owner's template does not list the thing for the stack",
        "accounts/data.yaml, accounts/scientists.yaml",
        "deploy it anew with the thing on its list",
    ),
    "NOT-SEEN": Known(
        "what is to go could not be looked at, and goes all the same",
        "the service's own refusal",
        "look at the resource that is named",
    ),
    "POD-POLICY": Known(
        "the cluster bounds what teams' pods may be",
        "accounts/cluster-pods.yaml",
        "apply the manifest that the sentence names",
    ),
    "PROBE-INCONCLUSIVE": Known(
        "no pod could try the team's access",
        "docs/operating.md",
        "make room or mend the image, then replay",
    ),
    "PROBE-REFUSED": Known(
        "a pod could not do what it should, or could do what it should not",
        "docs/operating.md",
        "correct the policy that the pod's words name",
    ),
    "PROBE-RIGHTS": Known(
        "the stack may make the pod that tries the team's access",
        "accounts/cluster-probe.yaml",
        "kubectl apply -f accounts/cluster-probe.yaml",
    ),
    "QUOTA-CAPACITY": Known(
        "the quota asks for more than the cluster has",
        "SageMaker API reference, DescribeCluster",
        "ask for less",
    ),
    "QUOTA-DISABLED": Known(
        "an adopted quota is disabled",
        "SageMaker API reference, DescribeComputeQuota",
        "aws sagemaker update-compute-quota --activation-state Enabled",
    ),
    "QUOTA-IDLE": Known(
        "the quota counts vCPUs that no pod can use",
        "SageMaker API reference, ClusterInstanceGroupDetails",
        "ask for less, or raise ThreadsPerCore",
    ),
    "QUOTA-INSTANCE-TYPE": Known(
        "the cluster has the instance types of the quota",
        "SageMaker API reference, DescribeCluster",
        "correct the instance type",
    ),
    "QUOTA-REMADE": Known(
        "a quota takes no update and is made anew",
        "the quota's own status",
        "nothing; mind that its namespace may go with it",
    ),
    "QUOTA-WEIGHT": Known(
        "a fair-share weight has no effect",
        "SageMaker API reference, SchedulerConfig",
        "aws sagemaker update-cluster-scheduler-config",
    ),
    "RBAC-GRANTABLE": Known(
        "the ClusterRole of what teams may be given is there, and as new as the stack",
        "accounts/cluster-rbac.yaml",
        "kubectl apply -f accounts/cluster-rbac.yaml",
    ),
    "RBAC-RULE": Known(
        "a rule that no team may be given",
        "accounts/cluster-rbac.yaml",
        "add the verbs to that ClusterRole",
    ),
    "S3-BUCKET": Known(
        "the bucket is there and is its owner's",
        "S3 API reference, GetBucketLocation",
        "correct the event's bucket or accountId",
    ),
    "S3-ENCRYPTION": Known(
        "the bucket's encryption is not what the event names, or no other account can use it",
        "S3 API reference, GetBucketEncryption",
        "aws s3api put-bucket-encryption, or correct kmsKeyArn",
    ),
    "S3-OBJECT-OWNERSHIP": Known(
        "what the team writes would not be the bucket owner's",
        'S3 user guide, "Object Ownership"',
        "aws s3api put-bucket-ownership-controls",
    ),
    "S3-POLICY-PRINCIPAL": Known(
        "the bucket's policy names a principal that is gone, and S3 takes it no more",
        'S3\'s own refusal of PutBucketPolicy, "Invalid principal in policy"',
        "correct the bucket's policy",
    ),
    "S3-POLICY-ROOM": Known(
        "the bucket's policy has no room for the statement",
        'S3 user guide, "Bucket policies and user policies" (20 KB)',
        "shorten the bucket's policy",
    ),
    "S3-REGION": Known(
        "the bucket is in another Region than the cluster",
        'S3 user guide, "Access points restrictions and limitations"',
        "copy the data into the cluster's Region",
    ),
    "S3-SHARE": Known(
        "the owner shares the dataset with the team",
        "accounts/data.yaml, Shares",
        "its owner adds the entry",
    ),
    "SCHEDULER-POLICY": Known(
        "the cluster has a scheduling policy in force",
        "SageMaker API reference, DescribeClusterSchedulerConfig",
        "aws sagemaker create-cluster-scheduler-config",
    ),
    "SERVICE-LIMIT": Known(
        "an account comes near a limit of AWS",
        "Service Quotas",
        "aws service-quotas request-service-quota-increase",
    ),
    "SERVICE-REFUSED": Known(
        "a service will not do it, and says why",
        "the service's own refusal",
        "correct what it names",
    ),
    "SHARES-INVALID": Known(
        "what the owner shares is not understood",
        "accounts/shares.schema.json",
        "deploy accounts/data.yaml anew",
    ),
    "SHARES-MISSING": Known(
        "the owner's parameter of shares is not there",
        "accounts/data.yaml, Shares",
        "deploy accounts/data.yaml anew",
    ),
    "SHARES-UNREADABLE": Known(
        "the owner's parameter of shares may not be read",
        "accounts/data.yaml, Shares",
        "deploy accounts/data.yaml anew",
    ),
    "STILL-CHANGING": Known(
        "a service is still at work on it",
        "the service's own status",
        "look at the resource, then replay",
    ),
    "TRAIL": Known(
        "a trail records what people do with quotas",
        'EventBridge user guide, "AWS service events delivered via AWS CloudTrail"',
        "aws cloudtrail start-logging",
    ),
}
