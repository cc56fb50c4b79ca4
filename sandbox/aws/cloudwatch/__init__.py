"""CloudWatch, its logs, and X-Ray."""
