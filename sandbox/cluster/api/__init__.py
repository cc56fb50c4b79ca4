"""The Kubernetes API of the sandbox's EKS cluster: a small server of our own, or a real kube-apiserver."""
