"""What onboarding many teams by one manifest takes: `python -m proofs.bulk`, written into docs/doors.md."""
