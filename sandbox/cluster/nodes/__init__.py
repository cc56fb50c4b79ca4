"""The nodes: pods as processes of this machine, with the AWS CLI as their only image.

`cloud` starts the kubelet, which the API server tells of pods. May import `api` and the runtime.
"""
