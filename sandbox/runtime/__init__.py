"""What the sandbox runs on: clock, processes, calls and their faults."""
