"""The templates as data: YAML with CloudFormation's short forms spelled out."""

import re
from typing import Any

import yaml

from tests.contracts.machines import ROOT

Resource = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads !Ref and the others as their long forms."""


def _long_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Any:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _long_form)


def template(path: str = "template.yaml") -> dict[str, Any]:
    """A template of the project."""
    loaded: dict[str, Any] = yaml.load((ROOT / path).read_text(), _Loader)  # noqa: S506 # a SafeLoader
    return loaded


def of_type(kind: str, path: str = "template.yaml") -> dict[str, Resource]:
    """The properties of the resources of a type, by logical id."""
    return {
        name: resource["Properties"]
        for name, resource in template(path)["Resources"].items()
        if resource["Type"] == kind
    }


def statements(role: Resource) -> list[dict[str, Any]]:
    """All statements of a role's inline policies, also those behind a condition of the template."""
    found: list[dict[str, Any]] = []
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            found += _unconditional(statement)
    return found


def referred_to(value: Any) -> set[str]:
    """The logical ids, parameters and pseudo parameters that a part of a template refers to."""
    if isinstance(value, list):
        return {name for each in value for name in referred_to(each)}
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, inner in value.items():
        if key == "Ref":
            found.add(inner)
        elif key == "DependsOn":
            found |= set(as_list(inner))
        elif key == "Fn::GetAtt":
            found.add(inner[0])
        elif key == "Fn::Sub":
            found |= set(re.findall(r"\$\{(\w+)[.\w]*\}", inner if isinstance(inner, str) else inner[0]))
        else:
            found |= referred_to(inner)
    return found


def _unconditional(statement: dict[str, Any]) -> list[dict[str, Any]]:
    branches = statement.get("Fn::If")
    if branches is None:
        return [statement]
    return [branch for branch in branches[1:] if branch != {"Ref": "AWS::NoValue"}]


def as_list(value: Any) -> list[Any]:
    """One or several, as policies and templates write them."""
    return value if isinstance(value, list) else [value]
