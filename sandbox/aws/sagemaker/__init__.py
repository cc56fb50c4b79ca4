"""SageMaker HyperPod: clusters, compute quotas, scheduler configurations.

Named in `services`; what a quota does in Kubernetes is handed in as a `NamespaceMaker`. May import `policies` and
`moto`.
"""
