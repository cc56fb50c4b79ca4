"""The language of IAM policies, and the permissions that calls need.

The services say by it what their calls take, the gateway and `proofs.permissions` evaluate by it. Pure: it knows no
service and not moto.
"""
