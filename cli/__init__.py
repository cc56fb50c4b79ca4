"""`hyperpod-teams`: what operators type. It talks to a deployed stack, in AWS or wherever AWS_ENDPOINT_URL leads.

People call it, and whoever runs programs. It may import of the layer what reads a team's request
(`onboarding.resolved`, `onboarding.strict`, `onboarding.errors`): so a file and the registry are compared in the one
normal form, and mistakes are told in the stack's own sentences. Nothing else of the product, and no sandbox.
"""
