"""The accounts, what is in them at the start, and what people do in them by hand."""
