"""Data through access points: the role's, the access point's and the bucket's policy must all agree."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.gateway.lookups import bucket_key
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, DATA_ACCOUNT, REGION
from tests.sandbox.gateway_cloud import Cloud, allow, cloud, document

__all__ = ["cloud"]

POINT = f"arn:aws:s3:{REGION}:{DATA_ACCOUNT}:accesspoint/vision"
BUCKET = "arn:aws:s3:::corpus"


class Data:
    """A bucket of the data account, its access point, and a role of the cluster's account."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.s3, self.control = cloud.operator("s3", DATA_ACCOUNT), cloud.operator("s3control", DATA_ACCOUNT)
        self.s3.create_bucket(Bucket="corpus", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_object(Bucket="corpus", Key="train/1", Body=b"one")
        self.control.create_access_point(AccountId=DATA_ACCOUNT, Name="vision", Bucket="corpus")
        own = [allow("s3:GetObject", f"{POINT}/object/*"), allow("s3:ListBucket", POINT)]
        self.role = cloud.role("data", *own)
        # The sandbox is its own proxy, since the access point's host name resolves nowhere.
        self.reader = cloud.as_role(self.role, "s3", proxies={"http": cloud.url})

    def delegate(self) -> None:
        """The bucket leaves it to access points of its account."""
        condition = {"StringEquals": {"s3:DataAccessPointAccount": DATA_ACCOUNT}}
        statement = allow("s3:*", [BUCKET, f"{BUCKET}/*"], Principal="*", Condition=condition)
        self.s3.put_bucket_policy(Bucket="corpus", Policy=document(statement))

    def let_in(self, **listing: Any) -> None:
        """The access point lets the role in."""
        who = {"AWS": self.role}
        policy = document(
            allow("s3:GetObject", f"{POINT}/object/*", Principal=who),
            allow("s3:ListBucket", POINT, Principal=who, **listing),
        )
        self.control.put_access_point_policy(AccountId=DATA_ACCOUNT, Name="vision", Policy=policy)

    def read(self) -> str:
        """What reading by access point comes to."""
        return self._outcome(lambda: self.reader.get_object(Bucket=POINT, Key="train/1")["Body"].read().decode())

    def list(self, prefix: str) -> str:
        """The first key under a prefix."""
        return self._outcome(lambda: self.reader.list_objects_v2(Bucket=POINT, Prefix=prefix)["Contents"][0]["Key"])

    @staticmethod
    def _outcome(call: Any) -> str:
        try:
            return str(call())
        except ClientError as error:
            return str(error.response["Error"]["Code"])


@pytest.fixture
def data(cloud: Cloud) -> Data:
    return Data(cloud)


def test_a_role_reads_when_all_three_policies_agree(data: Data) -> None:
    assert data.read() == "AccessDenied"
    data.delegate()
    assert data.read() == "AccessDenied"
    data.let_in()
    assert data.read() == "one"
    data.s3.delete_bucket_policy(Bucket="corpus")
    assert data.read() == "AccessDenied"


def test_another_role_of_the_account_does_not_get_in(data: Data) -> None:
    data.delegate()
    data.let_in()
    other = data.cloud.role("other", allow("s3:*"))
    data.reader = data.cloud.as_role(other, "s3", proxies={"http": data.cloud.url})
    assert data.read() == "AccessDenied"


def test_a_listing_is_judged_by_its_prefix(data: Data) -> None:
    data.delegate()
    data.let_in(Condition={"StringLike": {"s3:prefix": "train/*"}})
    assert data.list("train/") == "train/1"
    assert data.list("") == "AccessDenied"


def test_the_bucket_itself_stays_closed(data: Data) -> None:
    data.delegate()
    data.let_in()
    with pytest.raises(ClientError, match="Access Denied"):
        data.cloud.as_role(data.role, "s3").get_object(Bucket="corpus", Key="train/1")


def test_an_encrypted_bucket_takes_the_key_as_well(data: Data) -> None:
    data.delegate()
    data.let_in()
    kms = data.cloud.operator("kms", DATA_ACCOUNT)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    data.s3.put_bucket_encryption(Bucket="corpus", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert data.read() == "AccessDenied"
    data.cloud.operator("iam").put_role_policy(
        RoleName="data", PolicyName="key", PolicyDocument=document(allow("kms:Decrypt", key))
    )
    assert data.read() == "AccessDenied"
    kms.create_grant(KeyId=key, GranteePrincipal=data.role, Operations=["Decrypt"])
    assert data.read() == "one"


def encrypt(data: Data, key: str | None) -> None:
    """The bucket encrypts by KMS, with a key as its owner names it."""
    default = {"SSEAlgorithm": "aws:kms"} | ({"KMSMasterKeyID": key} if key else {})
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    data.s3.put_bucket_encryption(Bucket="corpus", ServerSideEncryptionConfiguration=rules)


@pytest.mark.parametrize("named", [None, "alias/aws/s3"])
def test_the_key_that_aws_manages_lets_no_other_account_in_whatever_that_may(data: Data, named: str | None) -> None:
    data.delegate()
    data.let_in()
    encrypt(data, named)
    policy = document(allow("kms:*"))
    data.cloud.operator("iam").put_role_policy(RoleName="data", PolicyName="key", PolicyDocument=policy)
    assert data.read() == "AccessDenied"
    assert bucket_key("corpus", DATA_ACCOUNT, writes=True) is None


def test_an_id_or_an_alias_means_a_key_of_the_account_that_writes(data: Data) -> None:
    kms = data.cloud.operator("kms", DATA_ACCOUNT)
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/corpus", TargetKeyId=key["KeyId"])
    alias_arn = f"arn:aws:kms:{REGION}:{DATA_ACCOUNT}:alias/corpus"
    own = {"alias/corpus": "alias/corpus", key["KeyId"]: key["KeyId"]}
    for named in (key["Arn"], key["KeyId"], "alias/corpus", alias_arn):
        encrypt(data, named)
        assert bucket_key("corpus", CLUSTER_ACCOUNT, writes=False) == key["Arn"]
        theirs = f"arn:aws:kms:{REGION}:{CLUSTER_ACCOUNT}:key/{own[named]}" if named in own else key["Arn"]
        assert bucket_key("corpus", CLUSTER_ACCOUNT, writes=True) == theirs
        assert bucket_key("corpus", DATA_ACCOUNT, writes=True) == key["Arn"]


@pytest.mark.parametrize("rule", ["ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced", None])
def test_what_another_account_writes_is_its_own_unless_the_owner_owns_all(data: Data, rule: str | None) -> None:
    controls = {"Rules": [{"ObjectOwnership": rule}]}
    if rule:
        data.s3.put_bucket_ownership_controls(Bucket="corpus", OwnershipControls=controls)
    else:
        data.s3.delete_bucket_ownership_controls(Bucket="corpus")
    data.delegate()
    who, objects = {"AWS": data.role}, f"{POINT}/object/*"
    policy = document(allow(["s3:GetObject", "s3:PutObject"], objects, Principal=who))
    data.control.put_access_point_policy(AccountId=DATA_ACCOUNT, Name="vision", Policy=policy)
    data.cloud.operator("iam").put_role_policy(
        RoleName="data", PolicyName="more", PolicyDocument=document(allow(["s3:GetObject", "s3:PutObject"]))
    )
    data.reader.put_object(Bucket=POINT, Key="train/1", Body=b"two")
    assert data.read() == "two"
    owners = data.cloud.as_role(data.cloud.role("owner", allow("s3:*"), account=DATA_ACCOUNT), "s3")
    data.reader, seen = owners, rule == "BucketOwnerEnforced"
    assert data._outcome(lambda: owners.get_object(Bucket="corpus", Key="train/1")["Body"].read().decode()) == (
        "two" if seen else "AccessDenied"
    )
    # It is still the bucket owner's to delete.
    owners.delete_object(Bucket="corpus", Key="train/1")


def test_the_log_names_the_access_point_and_its_actions(data: Data) -> None:
    data.read()
    call = data.cloud.log.entries(operation="GetObject")[-1].call
    assert (call.service, call.actions[0], call.resource) == ("s3", "s3:GetObject", f"{POINT}/object/train/1")
    made = data.cloud.log.entries(operation="CreateAccessPoint")[-1].call
    assert (made.account, made.actions, made.resource) == (DATA_ACCOUNT, ("s3:CreateAccessPoint",), POINT)
    assert made.parameters["Bucket"] == "corpus"
    assert data.role.split(":")[4] == CLUSTER_ACCOUNT
