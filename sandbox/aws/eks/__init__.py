"""EKS: clusters, access entries, add-ons, pod identity, tokens.

Named in `services`; `cloud` hands its tokens to the Kubernetes API and its pod identity to the nodes. May import `iam`,
`policies` and `moto`, of `sagemaker` the nodes' role, and the words of the cluster's API.
"""
