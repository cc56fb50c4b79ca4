"""`python -m proofs.bulk`: onboards many teams by one manifest, and measures."""

import sys

from proofs.bulk.measure import main

if __name__ == "__main__":
    sys.exit(main())
