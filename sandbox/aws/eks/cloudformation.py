"""AWS::EKS::AccessEntry for moto's CloudFormation."""

from contextlib import suppress
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudformation.parsing import get_model_map
from moto.core.common_models import CloudFormationModel
from moto.eks.models import eks_backends

from sandbox.aws.eks import access_entries
from sandbox.aws.eks.clusters import extras
from sandbox.aws.moto.operations import Call, Refused

_ENTRY = {"ClusterName": "clusterName", "PrincipalArn": "principalArn", "KubernetesGroups": "kubernetesGroups"}
_OPTIONS = {"Username": "username", "Type": "type"}
_REPLACING = ("ClusterName", "PrincipalArn", "Type")
"""Properties whose change replaces the entry."""


class AccessEntryResource(CloudFormationModel):
    """An access entry that a stack owns. Ref gives PrincipalArn|ClusterName."""

    def __init__(self, properties: dict[str, Any], account: str, region: str) -> None:
        self.properties = properties
        self.account = account
        self.region = region

    @property
    def physical_resource_id(self) -> str:
        """What Ref gives, and what a deletion names."""
        return f"{self.properties['PrincipalArn']}|{self.properties['ClusterName']}"

    @staticmethod
    def cloudformation_name_type() -> str:
        """The type has no name property."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """The type."""
        return "AWS::EKS::AccessEntry"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """For Fn::GetAtt."""
        return attr == "AccessEntryArn"

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """For Fn::GetAtt. Raises moto's error for an attribute that the type lacks."""
        if not self.has_cfn_attr(attribute_name):
            raise UnformattedGetAttTemplateException
        cluster = eks_backends[self.account][self.region].clusters[self.properties["ClusterName"]]
        entry = extras(cluster).access_entries.get(self.properties["PrincipalArn"])
        return str(entry.arn) if entry else ""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_: Any
    ) -> "AccessEntryResource":
        """Makes the entry and its policy associations."""
        resource = cls(cloudformation_json["Properties"], account_id, region_name)
        names = _ENTRY | _OPTIONS
        entry = {names[name]: value for name, value in resource.properties.items() if name in names}
        tags = {tag["Key"]: tag["Value"] for tag in resource.properties.get("Tags", [])}
        access_entries.create(resource._call(entry | ({"tags": tags} if tags else {})))
        resource._associate()
        return resource

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "AccessEntryResource",
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> "AccessEntryResource":
        """Replaces the entry when its key changes; otherwise brings groups and policies in step."""
        properties = cloudformation_json["Properties"]
        if any(original_resource.properties.get(name) != properties.get(name) for name in _REPLACING):
            original_resource._delete()
            return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        resource = cls(properties, account_id, region_name)
        groups = {"kubernetesGroups": properties.get("KubernetesGroups", [])}
        access_entries.update(resource._call(resource._key() | groups))
        for policy in original_resource.properties.get("AccessPolicies", []):
            access_entries.disassociate(resource._call(resource._key() | {"policyArn": policy["PolicyArn"]}))
        resource._associate()
        return resource

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str
    ) -> None:
        """Deletes the entry; one that is gone already is no failure."""
        principal, cluster = resource_name.split("|")
        with suppress(Refused):
            cls({"PrincipalArn": principal, "ClusterName": cluster}, account_id, region_name)._delete()

    def _key(self) -> dict[str, Any]:
        return {"clusterName": self.properties["ClusterName"], "principalArn": self.properties["PrincipalArn"]}

    def _call(self, params: dict[str, Any]) -> Call:
        return Call(self.account, self.region, "", params)

    def _associate(self) -> None:
        for policy in self.properties.get("AccessPolicies", []):
            scope = policy["AccessScope"]
            wanted = {"type": scope["Type"]} | ({"namespaces": scope["Namespaces"]} if scope.get("Namespaces") else {})
            access_entries.associate(
                self._call(self._key() | {"policyArn": policy["PolicyArn"], "accessScope": wanted})
            )

    def _delete(self) -> None:
        access_entries.delete(self._call(self._key()))


def install() -> None:
    """Lets CloudFormation find the type: moto lists the types that it can make once, maybe before this module came."""
    get_model_map.cache_clear()
