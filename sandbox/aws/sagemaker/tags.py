"""Tags of HyperPod clusters, compute quotas and scheduler configurations; moto keeps those of everything else."""

from collections.abc import Callable, Iterator
from typing import Any

from moto.core.responses import ActionResult, BaseResponse
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse

from sandbox.aws.moto.installation import current
from sandbox.aws.moto.operations import Call, parsed_call
from sandbox.aws.sagemaker.clusters import HyperPodCluster, refuse
from sandbox.aws.sagemaker.compute_quotas import quotas_of
from sandbox.aws.sagemaker.scheduler_configs import configs_of

_OURS = (":compute-quota/", ":cluster-scheduler-config/", ":cluster/")


def _add(tags: list[dict[str, str]], call: Call) -> dict[str, Any]:
    given = {tag["Key"] for tag in call.params["Tags"]}
    tags[:] = [tag for tag in tags if tag["Key"] not in given] + call.params["Tags"]
    return {"Tags": tags}


def _delete(tags: list[dict[str, str]], call: Call) -> dict[str, Any]:
    tags[:] = [tag for tag in tags if tag["Key"] not in call.params["TagKeys"]]
    return {}


def _list(tags: list[dict[str, str]], _: Call) -> dict[str, Any]:
    return {"Tags": tags}


def install() -> None:
    """Puts AddTags, DeleteTags and ListTags before moto's."""
    for name, method, act in (
        ("AddTags", "add_tags", _add),
        ("DeleteTags", "delete_tags", _delete),
        ("ListTags", "list_tags", _list),
    ):
        current().patches.replace(SageMakerResponse, method, _method(name, getattr(SageMakerResponse, method), act))


def _method(
    name: str,
    motos: Callable[[BaseResponse], Any],
    act: Callable[[list[dict[str, str]], Call], dict[str, Any]],
) -> Callable[[BaseResponse], Any]:
    def method(self: BaseResponse) -> Any:
        call = parsed_call(self, name, refuse)
        arn = call.params["ResourceArn"]
        if not any(kind in arn for kind in _OURS):
            return motos(self)
        with current().lock:
            for thing in _things(call):
                if thing.arn == arn:
                    return ActionResult(act(thing.tags, call))
        raise refuse(f"The resource {arn} does not exist.")

    return method


def _things(call: Call) -> Iterator[Any]:
    backend = sagemaker_backends[call.account][call.region]
    yield from (quota for quota in quotas_of(backend) if quota.status != "Deleted")
    yield from configs_of(backend).values()
    yield from (cluster for cluster in backend.clusters.values() if isinstance(cluster, HyperPodCluster))
