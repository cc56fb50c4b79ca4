"""EventBridge: rules that start state machines."""
