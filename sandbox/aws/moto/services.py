"""What moto lacks of the AWS services that this product calls, put into moto at run time."""

from collections.abc import Callable
from functools import cache

from moto.core import responses
from moto.core.base_backend import BackendDict, BaseBackend
from moto.eks import urls as eks_urls
from moto.eks.responses import EKSResponse
from moto.fsx.responses import FSxResponse
from moto.sagemaker.responses import SageMakerResponse

from sandbox.aws.dynamodb import conditional_writes
from sandbox.aws.ec2 import images
from sandbox.aws.eks import access_entries, addons, cloudformation, pod_identity
from sandbox.aws.eks import clusters as eks_clusters
from sandbox.aws.eks import tags as eks_tags
from sandbox.aws.fsx import associations
from sandbox.aws.iam import roles
from sandbox.aws.kms import grants
from sandbox.aws.moto.installation import Delays, Installation, NamespaceMaker, begin, current, end
from sandbox.aws.moto.operations import answer, give_unmodelled_errors_a_status
from sandbox.aws.s3 import access_point_data, access_points, buckets
from sandbox.aws.sagemaker import clusters as sagemaker_clusters
from sandbox.aws.sagemaker import compute_quotas, scheduler_configs
from sandbox.aws.sagemaker import tags as sagemaker_tags
from sandbox.aws.sagemaker.compute_quotas import settle
from sandbox.aws.sagemaker.quota_progress import script_quota
from sandbox.runtime.clock import Clock

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
    eks = (access_entries.HANDLERS, pod_identity.HANDLERS, addons.HANDLERS, eks_tags.HANDLERS)
    for handlers in eks:
        answer(EKSResponse, handlers, eks_clusters.refuse)
    eks_clusters.show_access_configuration()
    for handlers in (sagemaker_clusters.HANDLERS, compute_quotas.HANDLERS, scheduler_configs.HANDLERS):
        answer(SageMakerResponse, handlers, sagemaker_clusters.refuse)
    answer(FSxResponse, associations.HANDLERS, associations.refuse)
    sagemaker_tags.install()
    roles.install()
    buckets.install()
    access_points.install()
    access_point_data.install()
    grants.install()
    conditional_writes.install()
    images.install()
    cloudformation.install()
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
