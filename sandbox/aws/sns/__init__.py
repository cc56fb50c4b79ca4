"""SNS: which permissions its calls take, with those on a topic's key; moto does the rest.

Named in `services`; may import `policies`.
"""
