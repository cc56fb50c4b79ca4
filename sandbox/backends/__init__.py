"""What moto lacks of the AWS services that this product calls, put into moto at run time."""

from collections.abc import Callable
from functools import cache

from moto.core import responses
from moto.core.base_backend import BackendDict, BaseBackend
from moto.eks import urls as eks_urls
from moto.eks.responses import EKSResponse
from moto.fsx.responses import FSxResponse
from moto.sagemaker.responses import SageMakerResponse

from sandbox.backends import (
    access_point_data,
    access_points,
    buckets,
    compute_quotas,
    conditional_writes,
    eks_access,
    eks_addons,
    eks_cloudformation,
    eks_cluster,
    eks_pod_identity,
    eks_tags,
    fsx_links,
    grants,
    iam_roles,
    sagemaker_cluster,
    sagemaker_tags,
    scheduler_configs,
)
from sandbox.backends.compute_quotas import settle
from sandbox.backends.installation import Delays, Installation, NamespaceMaker, begin, current, end
from sandbox.backends.operations import answer, give_unmodelled_errors_a_status
from sandbox.backends.quota_progress import script_quota
from sandbox.clock import Clock

__all__ = ["Delays", "NamespaceMaker", "install", "script_quota", "settle", "uninstall"]


def install(
    clock: Clock,
    delays: Delays,
    namespaces: NamespaceMaker,
    *,
    removes_namespace: bool = True,
    why_not: Callable[[str, str, str], str | None] = lambda role, action, resource: None,
) -> None:
    """Extends moto; again replaces the installation before. To be called before the first request reaches moto.

    The state lives in moto's own backends, so resetting moto empties it.
    """
    begin(Installation(clock, delays, namespaces, removes_namespace, why_not=why_not))
    patches = current().patches
    give_unmodelled_errors_a_status()
    dispatch = eks_urls.response.dispatch
    patches.replace_item(eks_urls.url_paths, "{0}/clusters/(?P<name>[^/]+)/(?P<rest>.+)$", dispatch)
    patches.replace_item(eks_urls.url_paths, "{0}/access-policies$", dispatch)
    eks = (eks_access.HANDLERS, eks_pod_identity.HANDLERS, eks_addons.HANDLERS, eks_tags.HANDLERS)
    for handlers in eks:
        answer(EKSResponse, handlers, eks_cluster.refuse)
    eks_cluster.show_access_configuration()
    for handlers in (sagemaker_cluster.HANDLERS, compute_quotas.HANDLERS, scheduler_configs.HANDLERS):
        answer(SageMakerResponse, handlers, sagemaker_cluster.refuse)
    answer(FSxResponse, fsx_links.HANDLERS, fsx_links.refuse)
    sagemaker_tags.install()
    iam_roles.install()
    buckets.install()
    access_points.install()
    access_point_data.install()
    grants.install()
    conditional_writes.install()
    eks_cloudformation.install()
    # Upstream: the methods of a service are listed anew for every request, which takes as long as parsing it.
    patches.replace(responses, "method_names_from_class", cache(vars(responses)["method_names_from_class"]))
    make = vars(BackendDict)["_create_account_specific_backend"]

    def make_once(self: BackendDict[BaseBackend], account: str) -> None:
        """Upstream: one lock for all accounts of all services, at each look-up; hundreds of threads queue for it."""
        if account not in self.keys():
            make(self, account)

    patches.replace(BackendDict, "_create_account_specific_backend", make_once)


def uninstall() -> None:
    """Takes moto back to what it was. Harmless when nothing is installed."""
    end()
