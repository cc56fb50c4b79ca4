"""Which permissions the stack's roles hold, and which of them whole runs use: the report behind `make permissions`."""
