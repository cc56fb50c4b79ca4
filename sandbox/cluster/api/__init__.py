"""The Kubernetes API of the sandbox's EKS cluster: what both of its servers share.

Every other folder of the cluster imports it, and `aws.eks` its words; it imports the runtime alone.
"""
