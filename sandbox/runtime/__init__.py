"""What the sandbox runs on: clock, processes, HTTP, calls and their faults.

All rooms use it; it knows none of them, and nothing of AWS or Kubernetes.
"""
