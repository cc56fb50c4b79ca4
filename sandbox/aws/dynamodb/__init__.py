"""DynamoDB, where moto's is not exact.

Named in `services`; may import `policies` and `moto`.
"""
