"""The API server of our own."""
