"""Which team reaches whose things, tried in every way: `python -m proofs.isolation`, drawn as docs/isolation.svg."""
