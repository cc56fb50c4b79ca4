"""Lambda: functions as processes of this machine under the real runtime client.

`cloud` installs it and `cloudformation` deploys into it. It may import `iam`, for the roles that functions run as.
"""
