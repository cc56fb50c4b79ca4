"""A real kube-apiserver behind the sandbox's front."""
