"""Templates as they are written: YAML with CloudFormation's short forms, or JSON."""

import json
from typing import Any

import yaml
from samtranslator.yaml_helper import intrinsics_multi_constructor

# libyaml's parser reads a template in a sixth of the time that the one in Python takes; a PyYAML may lack it.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Parser):  # type: ignore[misc]
    """Knows `!Ref`, `!GetAtt` and the others."""


_Loader.add_multi_constructor("!", intrinsics_multi_constructor)


def parse(text: str) -> dict[str, Any]:
    """The template as SAM's own helper reads it. Raises yaml.YAMLError for what is neither YAML nor JSON."""
    loaded: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 # a SafeLoader
    return loaded


def parse_as_moto(original: Any) -> Any:
    """moto's parser of templates, completed."""

    def parse_template(text: str) -> Any:
        """Upstream: JSON is read as YAML, a hundred times as slowly."""
        try:
            return json.loads(text)
        except ValueError:
            return original.__func__(text)

    return staticmethod(parse_template)
