"""The cloud on one machine: moto, awslambdaric and a Kubernetes API, driven by the stack's own template."""

import gc

from sandbox.runtime import service_models

# moto and the services' models are 600,000 objects that stay; Python's own threshold (700) has them looked through so
# often meanwhile that loading takes half as long again.
gc.set_threshold(100_000)

# Before moto is loaded, which asks for the Regions of EC2 in three sessions and reads its model, the largest, for each.
service_models.share()
