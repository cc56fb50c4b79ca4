"""IAM and STS: roles, principals, and the roles that services run things as.

Named in `services`; other services import it, since roles are named in what they keep. May import `policies` and
`moto`.
"""
