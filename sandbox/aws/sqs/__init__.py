"""Queues: which permissions their calls take; moto does the rest.

Named in `services`; may import `policies`.
"""
