"""Headers of the sandbox's own: what AWS would see of a request's way, and what no answer of AWS says."""

CARRIER = "X-Sandbox-Vpc-Endpoint"
"""Header with the id of the VPC endpoint by which a request comes; over the internet, where there is none."""

NAME_HEADER = "x-sandbox-error-name"
"""What a task that hears the answer calls the error, where AWS does not document how it is spelled."""
