"""The EKS cluster: its Kubernetes API, its nodes, its task governance.

`cloud` starts it. It knows nothing of AWS: who a token belongs to and how pods get credentials is handed in.
Inside: `builtin` and `kube_apiserver` are two servers for one API; both know `authorization`, and all know `api`.
"""
