"""Checks which rooms know which: the contracts of .importlinter, for whatever folders functions/ has."""

import sys
import tempfile
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
PLACEHOLDER = "FUNCTIONS"


def main() -> int:
    """The exit status: 0 where every contract is kept."""
    functions = sorted(app.parent.name for app in (ROOT / "functions").glob("*/app.py"))
    sys.path[:0] = [str(ROOT), str(ROOT / "functions"), str(ROOT / "layers" / "onboarding" / "python")]
    contracts = (ROOT / ".importlinter").read_text().replace(PLACEHOLDER, "\n    ".join(["", *functions]).strip())
    with tempfile.NamedTemporaryFile("w", suffix=".importlinter") as completed:
        completed.write(contracts)
        completed.flush()
        return lint_imports(config_filename=completed.name, no_cache=True, no_logo=True)


if __name__ == "__main__":
    sys.exit(main())
