"""CloudFormation: templates as `sam deploy` brings them, into moto made complete and strict."""
