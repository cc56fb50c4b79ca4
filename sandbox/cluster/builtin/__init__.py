"""The API server of our own: what people and functions do in these tests, exactly, and no more.

`cluster.server` starts it where there is no real one. May import `api` and `authorization`.
"""
