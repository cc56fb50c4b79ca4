"""The cloud on a laptop: it deploys the real template and runs the real functions, with no AWS account.

`cli` is what people type, `cloud` puts a sandbox together for tests and proofs. Below are rooms; each knows only those
after it, and none imports a function: cli, views, cloud, scenery, aws, cluster, runtime.
"""
