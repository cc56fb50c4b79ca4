"""The EKS cluster: its Kubernetes API, its nodes, its task governance."""
