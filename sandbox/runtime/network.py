"""How a request reaches AWS: over the internet, if it does not say otherwise."""

CARRIER = "X-Sandbox-Vpc-Endpoint"
"""Header with the id of the VPC endpoint by which a request comes."""
