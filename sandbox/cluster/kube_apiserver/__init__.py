"""A real kube-apiserver behind the sandbox's front.

`cluster.server` starts it where KUBEBUILDER_ASSETS names its folder. May import `api` and `authorization`.
"""
