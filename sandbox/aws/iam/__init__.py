"""IAM and STS: roles, principals, and the roles that services run things as."""
