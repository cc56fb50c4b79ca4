"""EC2: where subnets are, and images that are made when somebody looks.

Named in `services`; may import `policies` and `moto`.
"""
