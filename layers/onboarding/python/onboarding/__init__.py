"""What the functions share: a team as it should be, and how it comes about.

Every function calls it, the sandbox and the proofs for names alone. It knows no function, and nothing of this
repository beside itself. Its words are explained in docs/extending.md.
"""
