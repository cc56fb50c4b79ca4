"""The template as it is published: it names archives beside it, which `aws cloudformation package` uploads."""

from typing import Final

ARCHITECTURES: Final = ("arm64", "x86_64")
FUNCTIONS: Final = "functions.zip"
ONBOARDING: Final = "layer-onboarding.zip"
_BOTH: Final = "    AllowedValues: [arm64, x86_64]\n"


def dependencies(architecture: str) -> str:
    """The archive of third-party libraries for the processor."""
    return f"layer-dependencies-{architecture}.zip"


def packaged(template: str, architecture: str) -> str:
    """The template for one processor. Raises ValueError where it has not what is to be named anew.

    Text for text, since YAML loses CloudFormation's short forms and all comments.
    """
    for found, instead in (
        ("CodeUri: functions/\n", f"CodeUri: {FUNCTIONS}\n"),
        ("ContentUri: layers/onboarding/\n", f"ContentUri: {ONBOARDING}\n"),
        ("ContentUri: layers/dependencies/\n", f"ContentUri: {dependencies(architecture)}\n"),
        ("    Default: arm64\n" + _BOTH, f"    Default: {architecture}\n    AllowedValues: [{architecture}]\n"),
        ("    Metadata:\n      SkipBuild: true\n", ""),
        ("    Metadata:\n      BuildMethod: makefile\n      BuildArchitecture: !Ref Architecture\n", ""),
    ):
        if found not in template:
            raise ValueError(f"template.yaml has no {found!r}")
        template = template.replace(found, instead)
    return template
