"""`python -m proofs.faults`: makes every call of every scenario fail in every way."""

import sys

from proofs.faults.sweep import main

if __name__ == "__main__":
    sys.exit(main())
