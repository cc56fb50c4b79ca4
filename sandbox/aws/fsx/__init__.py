"""FSx for Lustre: file systems and their data repository associations.

Named in `services`; may import `policies` and `moto`.
"""
