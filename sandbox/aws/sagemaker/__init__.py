"""SageMaker HyperPod: clusters, compute quotas, scheduler configurations."""
