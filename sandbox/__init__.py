"""The cloud on one machine: moto, awslambdaric and a Kubernetes API, driven by the stack's own template."""
