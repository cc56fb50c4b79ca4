"""A kubeconfig for the sandbox's Kubernetes API, with its administrator's rights."""

import base64
import json
from pathlib import Path

from sandbox.cluster.api.api import KubernetesApi


def write(path: Path, kubernetes: KubernetesApi, name: str) -> None:
    """Writes it for the cluster of that name, readable by its owner alone."""
    token = kubernetes.admin().configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
    authority = base64.b64encode(kubernetes.certificate_authority.encode()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": name, "cluster": {"server": kubernetes.endpoint, "certificate-authority-data": authority}}
        ],
        "users": [{"name": "administrator", "user": {"token": token.removeprefix("Bearer ")}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "administrator"}}],
        "current-context": name,
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(config, indent=2))
