"""The cloud on one machine: moto, awslambdaric and a Kubernetes API, driven by the stack's own template."""

import gc

# moto and the services' models are 600,000 objects that stay; Python's own threshold (700) has them looked through so
# often meanwhile that loading takes half as long again.
gc.set_threshold(100_000)
