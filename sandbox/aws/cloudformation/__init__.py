"""CloudFormation: templates as `sam deploy` brings them, into moto made complete and strict.

`cloud` deploys stacks by it. It may import `awslambda`, into which functions go.
"""
