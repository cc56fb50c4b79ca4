"""How a team's people get in, in Markdown."""

from collections.abc import Iterable
from typing import Any

from cli import training_job
from onboarding.connect import PRIORITY_CLASSES, YOUR_SESSION


def markdown(team: str, connect: dict[str, Any], policy: str) -> str:
    """All of it, for those who have never been there; `policy` is the team's access policy."""
    parts = [
        f"# Team {team}",
        f"How you get into the cluster `{connect['cluster']}` (account {connect['account']}, "
        f"Region {connect['region']}).",
        "## Your AWS profile",
        *_profiles(connect["profiles"]),
        "## The cluster",
        "With kubectl:",
        _block("sh", [connect["commands"]["kubeconfig"], f"kubectl get pods --namespace {connect['namespace']}"]),
        "With the HyperPod CLI:",
        _block("sh", [connect["commands"]["hyp"]]),
        "## What is yours",
        _table(("what", "name"), _names(connect)),
        "## Datasets",
        *_datasets_of_all(connect),
        "## Folders",
        *_claims(connect["claims"]),
        "## A first job",
        *_job(connect, policy),
    ]
    return "\n\n".join(parts)


def _profiles(profiles: list[dict[str, Any]]) -> Iterable[str]:
    yield (
        "Add the lines of the one that you are to `~/.aws/config`. `source_profile` is the profile by which you are it "
        "already: put your own name of that in its place."
    )
    if any(YOUR_SESSION in line for profile in profiles for line in profile["lines"]):
        yield (
            f"`{YOUR_SESSION}` stands for the end of your own session's ARN: what `aws sts get-caller-identity` of "
            "your own profile says after the last slash."
        )
    for profile in profiles:
        yield f"As `{profile['principal']}`:"
        yield _block("ini", profile["lines"])


def _names(connect: dict[str, Any]) -> Iterable[tuple[str, str]]:
    classes = connect.get(PRIORITY_CLASSES)
    known = ", ".join(f"`{each}`" for each in classes or []) or "the cluster has none"
    yield "namespace", f"`{connect['namespace']}`"
    yield "queue, label `kueue.x-k8s.io/queue-name` of every job", f"`{connect['queue']}`"
    yield "priority classes, label `kueue.x-k8s.io/priority-class`", "not known" if classes is None else known
    accounts = ", ".join(f"`{each['name']}`" for each in connect.get("serviceAccounts", ()))
    yield "service account of pods that reach the datasets", accounts or f"`{connect['serviceAccount']}`"
    yield "role that you are in", f"`{connect['role']}`"


def _datasets_of_all(connect: dict[str, Any]) -> Iterable[str]:
    accounts = connect.get("serviceAccounts")
    if accounts is None:
        yield from _datasets(connect["datasets"])
        return
    yield "What a pod reaches depends on its service account, `serviceAccountName`."
    for account in accounts:
        yield f"Under `{account['name']}`:"
        yield from _datasets(account["datasets"], none="It has none.")


def _datasets(datasets: list[dict[str, Any]], none: str = "The team has none.") -> Iterable[str]:
    if not datasets:
        yield none
        return
    yield "In your pods, give the access point wherever a bucket's name goes."
    rows = [(f"`{each['bucket']}/{each.get('prefix', '')}`", each["access"], each["accessPoint"]) for each in datasets]
    yield _table(("dataset", "access", "access point"), ((what, how, f"`{point}`") for what, how, point in rows))


def _claims(claims: list[dict[str, Any]]) -> Iterable[str]:
    if not claims:
        yield "The team has none."
        return
    yield "Pods mount them by these claims."
    rows = [(f"`{each['name']}`", f"`{each['dataset']}`", each["accessMode"]) for each in claims]
    yield _table(("claim", "shows", "access mode"), rows)


def _job(connect: dict[str, Any], policy: str) -> Iterable[str]:
    job = training_job.training_job(connect, policy)
    yield (
        "Write it to `first-job.yaml`. It runs as it stands, and looks at everything above; then put your own image "
        "and command in, and request the accelerators that they need."
    )
    yield _block("yaml", training_job.text(job).splitlines())
    kind, name, namespace = job["kind"].lower(), job["metadata"]["name"], connect["namespace"]
    labels = "job-name" if kind == "job" else "training.kubeflow.org/job-name"
    yield _block(
        "sh",
        [
            "kubectl apply -f first-job.yaml",
            f"kubectl logs --namespace {namespace} --selector {labels}={name} --tail -1",
            f"kubectl delete {kind} {name} --namespace {namespace}",
        ],
    )


def _block(language: str, lines: Iterable[str]) -> str:
    return "\n".join([f"```{language}", *lines, "```"])


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))
