"""Who may do what, over the network."""

from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from sandbox.aws.gateway.operators import NotAssumableError, credentials_for, keys_of, mint, why_not
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, DATA_ACCOUNT, REGION, SCIENTISTS_ACCOUNT
from tests.sandbox.gateway_cloud import Cloud, allow, cloud, document

__all__ = ["cloud"]

ROOT = {"AWS": f"arn:aws:iam::{CLUSTER_ACCOUNT}:root"}


def refused(call: Any, **parameters: Any) -> str:
    """Code and message of the refusal."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return f"{caught.value.response['Error']['Code']}: {caught.value.response['Error']['Message']}"


def test_a_role_may_do_what_its_policy_allows_and_is_told_what_it_lacks(cloud: Cloud) -> None:
    role = cloud.role("fn", allow("iam:GetRole", f"arn:aws:iam::{CLUSTER_ACCOUNT}:role/fn"))
    iam = cloud.as_role(role, "iam")
    assert iam.get_role(RoleName="fn")["Role"]["Arn"] == role
    assert refused(iam.list_role_policies, RoleName="fn") == (
        f"AccessDenied: User: arn:aws:sts::{CLUSTER_ACCOUNT}:assumed-role/fn/session is not authorized to perform: "
        f"iam:ListRolePolicies on resource: {role} "
        "because no identity-based policy allows the iam:ListRolePolicies action"
    )


def test_json_services_refuse_in_their_own_form(cloud: Cloud) -> None:
    role = cloud.role("fn")
    assert refused(cloud.as_role(role, "eks").describe_cluster, name="x").startswith("AccessDeniedException: User: ")
    assert refused(cloud.as_role(role, "kms").describe_key, KeyId="x").startswith("AccessDeniedException: User: ")


def test_an_operation_without_a_row_is_refused_by_naming_the_table(cloud: Cloud) -> None:
    role = cloud.role("fn", allow("*"))
    assert "sandbox/aws/gateway/permissions.py" in refused(cloud.as_role(role, "sqs").list_queues)


def test_an_unknown_key_and_a_wrong_token_are_no_callers(cloud: Cloud) -> None:
    nobody = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x"}
    assert refused(cloud.client("sts", nobody).get_caller_identity).startswith("InvalidClientTokenId")
    assert refused(cloud.client("kms", nobody).list_keys).startswith("UnrecognizedClientException")
    forged = {**credentials_for(cloud.role("fn"), "s"), "aws_session_token": "forged"}
    assert refused(cloud.client("sts", forged).get_caller_identity).startswith("InvalidClientTokenId")


def test_a_session_ends(cloud: Cloud) -> None:
    session = mint(cloud.role("fn"), "s")
    session.expiration = session.expiration.replace(year=2020)
    assert refused(cloud.client("sts", keys_of(session)).get_caller_identity).startswith("ExpiredToken")


def test_a_deny_and_a_boundary_limit_what_is_allowed(cloud: Cloud) -> None:
    boundary = cloud.operator("iam").create_policy(
        PolicyName="boundary", PolicyDocument=document(allow(["iam:GetRole", "iam:DeleteRole"]))
    )["Policy"]["Arn"]
    deny = {"Effect": "Deny", "Action": "iam:DeleteRole", "Resource": "*"}
    iam = cloud.as_role(cloud.role("fn", allow("iam:*"), deny, PermissionsBoundary=boundary), "iam")
    iam.get_role(RoleName="fn")
    assert "because no permissions boundary allows the iam:ListRoles action" in refused(iam.list_roles)
    assert "with an explicit deny in an identity-based policy" in refused(iam.delete_role, RoleName="fn")


def test_creating_a_role_is_bound_by_its_tags_and_boundary(cloud: Cloud) -> None:
    wanted = {"StringEquals": {"aws:RequestTag/team": "vision"}}
    tagging = allow("iam:TagRole", Condition=wanted)
    iam = cloud.as_role(cloud.role("fn", allow("iam:CreateRole", Condition=wanted), tagging), "iam")
    trust = document(allow("sts:AssumeRole", None, Principal=ROOT))
    new = {"RoleName": "new", "AssumeRolePolicyDocument": trust}
    assert "iam:CreateRole" in refused(iam.create_role, **new)
    assert "iam:CreateRole" in refused(iam.create_role, **new, Tags=[{"Key": "team", "Value": "other"}])
    iam.create_role(**new, Tags=[{"Key": "team", "Value": "vision"}])


def test_an_existing_resource_is_judged_by_its_tags(cloud: Cloud) -> None:
    ours = allow("iam:DeleteRole", Condition={"StringEquals": {"aws:ResourceTag/team": "vision"}})
    iam = cloud.as_role(cloud.role("fn", ours), "iam")
    cloud.role("theirs")
    cloud.role("ours", Tags=[{"Key": "team", "Value": "vision"}])
    assert "iam:DeleteRole" in refused(iam.delete_role, RoleName="theirs")
    iam.delete_role(RoleName="ours")


def test_a_condition_on_a_key_that_does_not_come_with_the_action_is_never_met(cloud: Cloud) -> None:
    def resource_tagged(action: str, resource: str) -> str | None:
        tagged = {"StringEquals": {"aws:ResourceTag/stack": "ours"}}
        role = cloud.role(action.split(":")[1], allow(action, "*", Condition=tagged))
        return why_not(role, action, resource, context={"aws:ResourceTag/stack": ("ours",)})

    point = f"arn:aws:s3:{REGION}:{CLUSTER_ACCOUNT}:accesspoint/images"
    assert resource_tagged("s3:DeleteAccessPoint", point) is None
    assert resource_tagged("s3:PutAccessPointPolicy", point)
    # EKS lists the tags of its things with their types, and not with each action.
    entry = f"arn:aws:eks:{REGION}:{CLUSTER_ACCOUNT}:access-entry/research-eks/role/{CLUSTER_ACCOUNT}/a/1"
    assert resource_tagged("eks:DeleteAccessEntry", entry) is None


def test_the_events_of_one_call_are_judged_together(cloud: Cloud) -> None:
    ours = {
        "ForAllValues:StringEquals": {"events:source": "hyperpod.teams"},
        "Null": {"events:source": "false"},
    }
    events = cloud.as_role(cloud.role("fn", allow("events:PutEvents", Condition=ours)), "events")
    entry = {"DetailType": "Team Created", "Detail": "{}"}
    events.put_events(Entries=[{**entry, "Source": "hyperpod.teams"}])
    others = [{**entry, "Source": source} for source in ("hyperpod.teams", "somebody.else")]
    assert "not authorized to perform: events:PutEvents" in refused(events.put_events, Entries=others)


def test_another_accounts_role_is_assumed_only_if_both_sides_agree(cloud: Cloud) -> None:
    member = f"arn:aws:iam::{SCIENTISTS_ACCOUNT}:role/member"
    with_policy = cloud.role("fn", allow("sts:AssumeRole", member))
    without_policy = cloud.role("poor")
    trust = allow("sts:AssumeRole", None, Principal=ROOT, Condition={"StringEquals": {"sts:ExternalId": "secret"}})
    cloud.role("member", account=SCIENTISTS_ACCOUNT, trust=[trust])
    asked = {"RoleArn": member, "RoleSessionName": "session"}
    sts = cloud.as_role(with_policy, "sts")
    assert refused(sts.assume_role, **asked).endswith(f"sts:AssumeRole on resource: {member}")
    assert "AccessDenied" in refused(cloud.as_role(without_policy, "sts").assume_role, **asked, ExternalId="secret")
    made = sts.assume_role(**asked, ExternalId="secret")["Credentials"]
    member_sts = cloud.client(
        "sts",
        {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
            "aws_session_token": made["SessionToken"],
        },
    )
    assert member_sts.get_caller_identity()["Account"] == SCIENTISTS_ACCOUNT
    assert all("ExternalId" not in entry.call.parameters for entry in cloud.log.entries(operation="AssumeRole"))


def test_session_tags_take_a_permission_and_stay_with_the_session(cloud: Cloud) -> None:
    own = allow("iam:GetRole", "arn:aws:iam::*:role/${aws:PrincipalTag/team}")
    target = cloud.role("vision", own, trust=[allow("sts:AssumeRole", None, Principal=ROOT)])
    sts = cloud.as_role(cloud.role("fn", allow(["sts:AssumeRole", "sts:TagSession"])), "sts")
    asked = {"RoleArn": target, "RoleSessionName": "session", "Tags": [{"Key": "team", "Value": "vision"}]}
    assert "sts:TagSession" in refused(sts.assume_role, **asked)
    cloud.operator("iam").update_assume_role_policy(
        RoleName="vision",
        PolicyDocument=document(allow(["sts:AssumeRole", "sts:TagSession"], None, Principal=ROOT)),
    )
    made = sts.assume_role(**asked)["Credentials"]
    keys = {
        f"aws_{name}": made[key] for name, key in [("access_key_id", "AccessKeyId"), ("session_token", "SessionToken")]
    }
    iam = cloud.client("iam", {**keys, "aws_secret_access_key": made["SecretAccessKey"]})
    iam.get_role(RoleName="vision")
    assert "iam:GetRole" in refused(iam.get_role, RoleName="fn")


def test_transitive_tags_and_source_identity_go_along_and_take_their_permissions_at_every_hop(cloud: Cloud) -> None:
    trust = allow(["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"], None, Principal=ROOT)
    own = allow(
        "iam:GetRole", "*", Condition={"StringEquals": {"aws:PrincipalTag/a": "1", "aws:SourceIdentity": "jane"}}
    )
    last = cloud.role("last", own, trust=[trust])
    hop = cloud.role("hop", allow(trust["Action"]), trust=[trust])
    narrow = cloud.role("narrow", allow("sts:AssumeRole"), trust=[trust])
    carrying: dict[str, Any] = {"tags": {"a": "1"}, "transitive": True, "source_identity": "jane"}
    asked = {"RoleArn": last, "RoleSessionName": "session"}

    from_narrow = cloud.client("sts", credentials_for(narrow, "session", **carrying))
    assert "sts:TagSession" in refused(from_narrow.assume_role, **asked)
    only_identity = cloud.client("sts", credentials_for(narrow, "session", source_identity="jane"))
    assert "sts:SetSourceIdentity" in refused(only_identity.assume_role, **asked)
    not_transitive = cloud.client("sts", credentials_for(narrow, "session", tags={"a": "1"}))
    not_transitive.assume_role(**asked)

    def next_session(keys: dict[str, str], role: str) -> dict[str, str]:
        made = cloud.client("sts", keys).assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
        return {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
            "aws_session_token": made["SessionToken"],
        }

    first = next_session(credentials_for(hop, "session", **carrying), hop)
    second = next_session(first, last)
    cloud.client("iam", second).get_role(RoleName="last")


def test_a_service_gets_a_session_only_of_a_role_that_trusts_it(cloud: Cloud) -> None:
    condition = {
        "StringEquals": {
            "aws:RequestTag/kubernetes-namespace": "hyperpod-ns-vision",
            "aws:SourceAccount": CLUSTER_ACCOUNT,
        }
    }
    pods = {"Service": "pods.eks.amazonaws.com"}
    trust = allow(["sts:AssumeRole", "sts:TagSession"], None, Principal=pods, Condition=condition)
    role = cloud.role("data", trust=[trust])

    def session(namespace: str, service: str = "pods.eks.amazonaws.com") -> dict[str, str]:
        tags = {"kubernetes-namespace": namespace}
        return credentials_for(role, "pod", tags, service=service, source_account=CLUSTER_ACCOUNT)

    assert session("hyperpod-ns-vision")["aws_access_key_id"]
    with pytest.raises(NotAssumableError, match="trust policy"):
        session("hyperpod-ns-speech")
    with pytest.raises(NotAssumableError, match="trust policy"):
        session("hyperpod-ns-vision", service="lambda.amazonaws.com")
    with pytest.raises(NotAssumableError, match="does not exist"):
        credentials_for(f"arn:aws:iam::{CLUSTER_ACCOUNT}:role/none", "s")


def test_what_the_sandbox_does_for_a_role_is_judged_as_well(cloud: Cloud) -> None:
    function = f"arn:aws:lambda:{REGION}:{CLUSTER_ACCOUNT}:function:plan"
    role = cloud.role("machine", allow("lambda:InvokeFunction", function))
    assert why_not(role, "lambda:InvokeFunction", function) is None
    assert "no identity-based policy allows" in str(why_not(role, "lambda:InvokeFunction", f"{function}-other"))


def test_a_grant_lets_another_accounts_role_use_a_key_that_its_own_policy_allows(cloud: Cloud) -> None:
    key = cloud.operator("kms", DATA_ACCOUNT).create_key()["KeyMetadata"]["Arn"]
    cipher = cloud.operator("kms", DATA_ACCOUNT).encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    role = cloud.role("data", allow("kms:Decrypt", key))
    kms = cloud.as_role(role, "kms")
    assert "no resource-based policy allows" in refused(kms.decrypt, KeyId=key, CiphertextBlob=cipher)
    cloud.operator("kms", DATA_ACCOUNT).create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])
    assert "no resource-based policy allows" not in _outcome(kms.decrypt, KeyId=key, CiphertextBlob=cipher)
    assert "kms:GenerateDataKey" in refused(kms.generate_data_key, KeyId=key, KeySpec="AES_256")


def test_making_a_grant_is_bound_by_grantee_and_operations(cloud: Cloud) -> None:
    grantee = cloud.role("data")
    key = cloud.operator("kms").create_key()["KeyMetadata"]["Arn"]
    condition = {
        "ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]},
        "ArnLike": {"kms:GranteePrincipal": f"arn:aws:iam::{CLUSTER_ACCOUNT}:role/data"},
    }
    kms = cloud.as_role(cloud.role("fn", allow("kms:CreateGrant", Condition=condition)), "kms")
    assert "kms:CreateGrant" in refused(
        kms.create_grant, KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt", "Encrypt"]
    )
    kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"])


def test_an_item_is_judged_by_its_partition_key(cloud: Cloud) -> None:
    cloud.operator("dynamodb").create_table(
        TableName="registry",
        KeySchema=[{"AttributeName": "team", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "team", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "vision*"}}
    table = f"arn:aws:dynamodb:{REGION}:{CLUSTER_ACCOUNT}:table/registry"
    role = cloud.role("fn", allow(["dynamodb:PutItem", "dynamodb:GetItem"], table, Condition=condition))
    dynamodb = cloud.as_role(role, "dynamodb")
    dynamodb.put_item(TableName="registry", Item={"team": {"S": "vision-1"}})
    assert "dynamodb:PutItem" in refused(dynamodb.put_item, TableName="registry", Item={"team": {"S": "speech"}})


def test_handing_a_role_to_pods_takes_pass_role(cloud: Cloud) -> None:
    data = cloud.role("data")
    asked = {"clusterName": "c", "namespace": "n", "serviceAccount": "s", "roleArn": data}
    rows = [allow("eks:CreatePodIdentityAssociation"), allow("iam:GetRole", data)]
    passing = allow("iam:PassRole", data, Condition={"StringEquals": {"iam:PassedToService": "pods.eks.amazonaws.com"}})
    without = cloud.as_role(cloud.role("without", *rows), "eks")
    assert "iam:PassRole" in refused(without.create_pod_identity_association, **asked)
    complete = cloud.as_role(cloud.role("complete", *rows, passing), "eks")
    assert "ResourceNotFound" in refused(complete.create_pod_identity_association, **asked)


def test_an_access_policy_is_judged_by_its_name_and_namespaces(cloud: Cloud) -> None:
    condition = {
        "StringEquals": {"eks:policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"},
        "ForAllValues:StringLike": {"eks:namespaces": "hyperpod-ns-*"},
    }
    eks = cloud.as_role(cloud.role("fn", allow("eks:AssociateAccessPolicy", Condition=condition)), "eks")

    def associate(policy: str, namespace: str) -> str:
        return refused(
            eks.associate_access_policy,
            clusterName="c",
            principalArn=f"arn:aws:iam::{CLUSTER_ACCOUNT}:role/x",
            policyArn=f"arn:aws:eks::aws:cluster-access-policy/{policy}",
            accessScope={"type": "namespace", "namespaces": [namespace]},
        )

    assert "ResourceNotFound" in associate("AmazonEKSEditPolicy", "hyperpod-ns-vision")
    assert "not authorized" in associate("AmazonEKSClusterAdminPolicy", "hyperpod-ns-vision")
    assert "not authorized" in associate("AmazonEKSEditPolicy", "kube-system")


def _outcome(call: Any, **parameters: Any) -> str:
    try:
        call(**parameters)
    except ClientError as error:
        return str(error)
    return "done"


def test_who_does_not_sign_is_heard_by_s3_alone_and_gets_what_is_open_to_anybody(cloud: Cloud) -> None:
    s3, unsigned = cloud.operator("s3", DATA_ACCOUNT), cloud.client("s3", {}, signature_version=UNSIGNED)
    s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="data", Key="open/a", Body=b"a")
    s3.put_object(Bucket="data", Key="own", Body=b"b")
    assert refused(unsigned.get_object, Bucket="data", Key="open/a") == "AccessDenied: Access Denied"
    anybody = allow("s3:GetObject", "arn:aws:s3:::data/open/*", Principal="*")
    s3.put_bucket_policy(Bucket="data", Policy=document(anybody))
    assert unsigned.get_object(Bucket="data", Key="open/a")["Body"].read() == b"a"
    assert refused(unsigned.get_object, Bucket="data", Key="own").startswith("AccessDenied")
    assert refused(unsigned.put_object, Bucket="data", Key="open/b", Body=b"b").startswith("AccessDenied")
    eks = cloud.client("eks", {}, signature_version=UNSIGNED)
    assert refused(eks.list_clusters).startswith("MissingAuthenticationToken")
