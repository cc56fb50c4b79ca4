"""Who may do what in Kubernetes: RBAC and EKS access policies.

The two servers call it, with the objects that they store. May import `api`.
"""
