"""Step Functions: moto's interpreter, made to run state machines as AWS would.

Named in `services`; `cloud` installs the interpreter and waits for executions. May import `iam`, `policies` and `moto`.
"""
