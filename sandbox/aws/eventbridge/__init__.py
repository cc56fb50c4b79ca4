"""EventBridge: rules that start state machines, and which permissions its calls take.

Named in `services`; `cloud` installs the rules. May import `iam`, `policies` and `moto`.
"""
