"""Who may do what in Kubernetes: RBAC and EKS access policies."""
