"""The processes of a real control plane: etcd and kube-apiserver."""

import contextlib
import json
import socket
import subprocess
import time
from pathlib import Path

import urllib3
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.cluster.api.certificates import CertificateAuthority, write_private_key
from sandbox.cluster.api.identity import Identity
from sandbox.cluster.api.kinds import KubernetesObject
from sandbox.cluster.kube_apiserver.policy_webhook import EXTRA, PolicyWebhook, write_policies

_START_SECONDS = 60.0
_STOP_SECONDS = 5.0


class ControlPlane:
    """etcd and kube-apiserver on free ports of 127.0.0.1, with every file in `directory`.

    Callers are those that the front, known by its client certificate, names in request headers: Kubernetes' own way
    for an authenticating proxy. `webhook` is asked after RBAC. Raises RuntimeError when they do not come up.
    """

    def __init__(self, assets: Path, directory: Path, webhook: PolicyWebhook) -> None:
        missing = [name for name in ("etcd", "kube-apiserver") if not (assets / name).exists()]
        if missing:
            raise RuntimeError(f"{assets} has no {' and no '.join(missing)}")
        authority = CertificateAuthority(directory, "control-plane-ca")
        serving = authority.issue("kube-apiserver")
        front = authority.issue("front")
        service_accounts = directory / "service-accounts.key"
        write_private_key(ec.generate_private_key(ec.SECP256R1()), service_accounts)
        webhook_file = directory / "webhook.json"
        webhook_file.write_text(json.dumps(webhook.configuration()))
        client_port, peer_port, port = _free_ports(3)
        etcd = [
            f"--data-dir={directory / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{client_port}",
            f"--advertise-client-urls=http://127.0.0.1:{client_port}",
            f"--listen-peer-urls=http://127.0.0.1:{peer_port}",
        ]
        apiserver = [
            f"--etcd-servers=http://127.0.0.1:{client_port}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            f"--tls-cert-file={serving.certificate}",
            f"--tls-private-key-file={serving.key}",
            f"--cert-dir={directory}",
            "--anonymous-auth=false",
            f"--requestheader-client-ca-file={authority.path}",
            "--requestheader-allowed-names=front",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--authorization-mode=RBAC,Webhook",
            f"--authorization-webhook-config-file={webhook_file}",
            "--authorization-webhook-version=v1",
            "--authorization-webhook-cache-authorized-ttl=0s",
            "--authorization-webhook-cache-unauthorized-ttl=0s",
            # Its controller does not run: without the default service account no pod could be made.
            "--disable-admission-plugins=ServiceAccount",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={service_accounts}",
            f"--service-account-signing-key-file={service_accounts}",
            "--service-cluster-ip-range=10.0.0.0/24",
        ]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._logs: list[Path] = []
        self._http = urllib3.HTTPSConnectionPool(
            "127.0.0.1",
            port,
            maxsize=32,
            ca_certs=str(authority.path),
            cert_file=str(front.certificate),
            key_file=str(front.key),
        )
        try:
            self._run(assets / "etcd", etcd, directory)
            self._run(assets / "kube-apiserver", apiserver, directory)
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def request(
        self,
        identity: Identity,
        method: str,
        target: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        stream: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        """One request in somebody's name; a streamed answer is to be read by the caller."""
        sent = urllib3.HTTPHeaderDict(headers or {})
        sent["X-Remote-User"] = identity.username
        for group in identity.groups:
            sent.add("X-Remote-Group", group)
        sent[f"X-Remote-Extra-{EXTRA}"] = write_policies(identity)
        # `timeout=None` for a watch, which may have nothing to say for long.
        timeout = None if stream else 30.0
        return self._http.urlopen(
            method, target, body=body or None, headers=sent, retries=False, timeout=timeout, preload_content=not stream
        )

    def document(
        self, identity: Identity, method: str, target: str, body: KubernetesObject | None = None
    ) -> KubernetesObject:
        """A request whose answer is JSON; raises RuntimeError when it fails."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        data = b"" if body is None else json.dumps(body).encode()
        response = self.request(identity, method, target, headers=headers, body=data)
        if response.status >= 400:
            raise RuntimeError(f"{method} {target}: {response.status} {response.data.decode(errors='replace')}")
        document: KubernetesObject = json.loads(response.data)
        return document

    def stop(self) -> None:
        """Ends the processes, the API server first."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._http.close()

    def _run(self, program: Path, arguments: list[str], directory: Path) -> None:
        log = directory / f"{program.name}.log"
        self._logs.append(log)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                # Ctrl-C is for the sandbox alone, which ends these in order.
                start_new_session=True,
            )
        self._processes.append(process)

    def _wait_until_ready(self) -> None:
        administrator = Identity("system:apiserver", ("system:masters",))
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and all(process.poll() is None for process in self._processes):
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                if self.request(administrator, "GET", "/readyz").status == 200:
                    return
            time.sleep(0.1)
        tails = [f"{log.name}: {log.read_text(errors='replace')[-1000:]}" for log in self._logs]
        raise RuntimeError("the Kubernetes control plane did not come up\n" + "\n".join(tails))


def _free_ports(count: int) -> list[int]:
    """Ports that are free now, each another."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
