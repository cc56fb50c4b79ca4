"""KMS: keys and their grants.

Named in `services`; `s3` asks it for keys. May import `iam`, `policies` and `moto`.
"""
