"""Step Functions: moto's interpreter, made to run state machines as AWS would."""
