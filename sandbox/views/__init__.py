"""What people at a terminal see of a sandbox."""
