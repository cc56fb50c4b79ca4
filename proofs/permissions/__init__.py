"""What each role may do against what it does: `python -m proofs.permissions`, written into docs/security.md."""
