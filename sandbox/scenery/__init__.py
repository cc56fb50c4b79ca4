"""The accounts, what is in them at the start, and what people do in them by hand.

`sandbox.cloud` sets the scene with it; tests and proofs name accounts by it. It puts things into AWS and the cluster,
and so may import both; they take what they must know of it as arguments.
"""
