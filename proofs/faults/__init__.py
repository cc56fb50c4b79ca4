"""Every fault at every call, and how each run ended."""
