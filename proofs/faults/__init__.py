"""Every fault at every call, and how each run ended: `python -m proofs.faults`, written into docs/reliability.md.

`sweep` chooses and spreads the cases, `play` plays them in a `cloud`, `verdict` judges.
"""
