"""EKS: clusters, access entries, add-ons, pod identity, tokens."""
