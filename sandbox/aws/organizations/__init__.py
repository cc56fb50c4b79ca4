"""AWS Organizations: which permissions its calls take; moto does the rest.

Named in `services`; may import `policies`.
"""
