"""What people at a terminal see of a sandbox: progress, plans, reports, the doctor's findings.

`sandbox.cli` alone calls it. It may import everything below: `sandbox.cloud` most of all.
"""
