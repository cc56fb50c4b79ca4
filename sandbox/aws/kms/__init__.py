"""KMS: grants."""
