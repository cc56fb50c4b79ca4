"""Every way of one team to another's things, in IAM, S3 and KMS."""

from collections.abc import Callable
from dataclasses import dataclass

from proofs.isolation.actors import CLUSTER_ARN, Actors, Keys, allowed
from proofs.isolation.teams import AUDITOR, EVALUATION, NEIGHBOUR, STRANGER, STRANGERS_ACCOUNT, Team, open_point
from sandbox.scenery import accounts

Expectation = Callable[[Team], bool | None]
"""Whether a team gets in at its own things; None where it has no such thing."""


@dataclass(frozen=True)
class Way:
    """One way in: whether `actor` gets at what `owner` has. Into another team's things none may lead."""

    group: str
    name: str
    own: Expectation
    attempt: Callable[[Actors, Team, Team], bool]


def yes(_: Team) -> bool:
    """Its own things are open to it."""
    return True


def no(_: Team) -> bool:
    """Nobody gets in there, the team itself neither."""
    return False


def _writes(team: Team) -> bool:
    return team.access == "read-write"


def _has_prefix(team: Team) -> bool | None:
    return False if team.prefix else None


def _has_key(team: Team) -> bool | None:
    return False if team.key else None


def _other(account: str, role: str) -> str:
    return f"arn:aws:iam::{account}:role/{role}"


# Roles


def _as_scientist(actors: Actors, actor: Team, owner: Team) -> bool:
    return actors.assume(actors.signed_in(actor.scientists), owner.cluster_access_role) is not None


def _has_permission_set(team: Team) -> bool | None:
    return True if team.permission_set else None


def _by_permission_set(actors: Actors, actor: Team, owner: Team) -> bool:
    role = actor.permission_set_role
    return role is not None and actors.assume(actors.signed_in(role), owner.cluster_access_role) is not None


def _as_neighbour(actors: Actors, actor: Team, owner: Team) -> bool:
    return actors.assume(actors.signed_in(_other(actor.account, NEIGHBOUR)), owner.cluster_access_role) is not None


def _as_stranger(actors: Actors, actor: Team, owner: Team) -> bool:
    return actors.assume(actors.signed_in(_other(STRANGERS_ACCOUNT, STRANGER)), owner.cluster_access_role) is not None


def _as_person(actors: Actors, actor: Team, owner: Team) -> bool:
    people = (
        actors.signed_in(actor.scientists),
        actors.scientist(actor),
        actors.signed_in(_other(actor.account, NEIGHBOUR)),
        actors.signed_in(_other(accounts.CLUSTER_ACCOUNT, AUDITOR)),
    )
    return any(actors.assume(keys, owner.data_access_role) is not None for keys in people)


def _pod(namespace: str | None = None, account: str | None = None, cluster: str = CLUSTER_ARN) -> Callable[..., bool]:
    def attempt(actors: Actors, actor: Team, owner: Team) -> bool:
        more = {} if account is None else {"service_account": account}
        found = actors.pod(owner.data_access_role, namespace or actor.namespace, cluster_arn=cluster, **more)
        return found is not None

    return attempt


def _second(team: Team) -> bool | None:
    return True if team.evaluation else None


def _not_of_the_second(team: Team) -> bool | None:
    return False if team.evaluation else None


def _as_pod_of_the_second(actors: Actors, actor: Team, owner: Team) -> bool:
    return actors.pod(owner.data_access_role, actor.namespace, EVALUATION) is not None


ROLES = (
    Way("Roles", "cluster access role, as the team's DataScientistRole", yes, _as_scientist),
    Way("Roles", "cluster access role, by the team's permission set", _has_permission_set, _by_permission_set),
    Way("Roles", "cluster access role, as another role of that account", no, _as_neighbour),
    Way("Roles", "cluster access role, from a third account", no, _as_stranger),
    Way("Roles", "data access role, as a person", no, _as_person),
    Way("Roles", "data access role, as a pod of the team", yes, _pod()),
    Way("Roles", "data access role, as a pod of another namespace", no, _pod(namespace="default")),
    Way("Roles", "data access role, as a pod of another service account", no, _pod(account="default")),
    Way("Roles", "data access role, as a pod of a second service account", _not_of_the_second, _as_pod_of_the_second),
    Way("Roles", "data access role, as a pod of another cluster", no, _pod(cluster=f"{CLUSTER_ARN}-2")),
    Way(
        "Roles",
        "data access role, as a pod of another account's cluster",
        no,
        _pod(cluster=CLUSTER_ARN.replace(accounts.CLUSTER_ACCOUNT, STRANGERS_ACCOUNT)),
    ),
)

# Data

Who = Callable[[Actors, Team], Keys]
Where = Callable[[Team], str]


def _a_pod(actors: Actors, actor: Team) -> Keys:
    return actors.pod_of(actor)


def _a_scientist(actors: Actors, actor: Team) -> Keys:
    return actors.scientist(actor)


def _an_auditor(actors: Actors, _: Team) -> Keys:
    return actors.signed_in(_other(accounts.CLUSTER_ACCOUNT, AUDITOR))


def _a_stranger(actors: Actors, _: Team) -> Keys:
    return actors.signed_in(_other(STRANGERS_ACCOUNT, STRANGER))


def _a_pod_of_the_second(actors: Actors, actor: Team) -> Keys | None:
    return actors.pod(actor.evaluation_role, actor.namespace, EVALUATION) if actor.evaluation else None


def _get_as_the_second(where: Where, prefix: Callable[[Team], str | None]) -> Callable[[Actors, Team, Team], bool]:
    def attempt(actors: Actors, actor: Team, owner: Team) -> bool:
        keys, below = _a_pod_of_the_second(actors, actor), prefix(owner)
        if keys is None or below is None:
            return False
        s3 = actors.client("s3", keys)
        return allowed(lambda: s3.get_object(Bucket=where(owner), Key=f"{below}object"))

    return attempt


def _get_what_the_second_has(actors: Actors, actor: Team, owner: Team) -> bool:
    if owner.evaluation is None:
        return False
    s3 = actors.client("s3", actors.pod_of(actor))
    return allowed(lambda: s3.get_object(Bucket=owner.evaluation_point, Key=f"{owner.evaluation}object"))


def _points_of_the_second(owner: Team) -> str:
    return owner.evaluation_point


def _point(owner: Team) -> str:
    return owner.access_point


def _bucket(owner: Team) -> str:
    return owner.bucket


def _open(owner: Team) -> str:
    return open_point(owner.bucket)


def _get(who: Who, where: Where, prefix: str | None = None) -> Callable[[Actors, Team, Team], bool]:
    def attempt(actors: Actors, actor: Team, owner: Team) -> bool:
        s3, key = actors.client("s3", who(actors, actor)), f"{owner.prefix if prefix is None else prefix}object"
        return allowed(lambda: s3.get_object(Bucket=where(owner), Key=key))

    return attempt


def _get_unsigned(where: Where) -> Callable[[Actors, Team, Team], bool]:
    def attempt(actors: Actors, _: Team, owner: Team) -> bool:
        s3 = actors.unsigned_s3()
        return allowed(lambda: s3.get_object(Bucket=where(owner), Key=f"{owner.prefix}object"))

    return attempt


def _list(who: Who, where: Where, prefix: str | None = None) -> Callable[[Actors, Team, Team], bool]:
    def attempt(actors: Actors, actor: Team, owner: Team) -> bool:
        s3, wanted = actors.client("s3", who(actors, actor)), owner.prefix if prefix is None else prefix
        return allowed(lambda: s3.list_objects_v2(Bucket=where(owner), Prefix=wanted))

    return attempt


def _put(who: Who, where: Where, prefix: str | None = None) -> Callable[[Actors, Team, Team], bool]:
    def attempt(actors: Actors, actor: Team, owner: Team) -> bool:
        s3, below = actors.client("s3", who(actors, actor)), owner.prefix if prefix is None else prefix
        return allowed(lambda: s3.put_object(Bucket=where(owner), Key=f"{below}written", Body=b"content"))

    return attempt


def _read_policy(who: Who) -> Callable[[Actors, Team, Team], bool]:
    def attempt(actors: Actors, actor: Team, owner: Team) -> bool:
        control, name = actors.client("s3control", who(actors, actor)), owner.access_point.rsplit("/", 1)[1]
        return allowed(lambda: control.get_access_point_policy(AccountId=accounts.DATA_ACCOUNT, Name=name))

    return attempt


# Once a call is let through, moto looks for its key in the caller's account alone.
_KEY_ELSEWHERE = ("NotFoundException",)


def _decrypt(who: Who) -> Callable[[Actors, Team, Team], bool]:
    def attempt(actors: Actors, actor: Team, owner: Team) -> bool:
        secret = actors.cloud.client("kms", accounts.DATA_ACCOUNT).encrypt(KeyId=owner.key, Plaintext=b"content")
        kms = actors.client("kms", who(actors, actor))
        return allowed(lambda: kms.decrypt(KeyId=owner.key, CiphertextBlob=secret["CiphertextBlob"]), _KEY_ELSEWHERE)

    return attempt


def _data_key(who: Who) -> Callable[[Actors, Team, Team], bool]:
    def attempt(actors: Actors, actor: Team, owner: Team) -> bool:
        kms = actors.client("kms", who(actors, actor))
        return allowed(lambda: kms.generate_data_key(KeyId=owner.key, KeySpec="AES_256"), _KEY_ELSEWHERE)

    return attempt


_OUTSIDE = "elsewhere/"
DATA = (
    Way("Data", "get through the access point", yes, _get(_a_pod, _point)),
    Way("Data", "list through the access point", yes, _list(_a_pod, _point)),
    Way("Data", "put through the access point", _writes, _put(_a_pod, _point)),
    Way("Data", "get through it outside the prefix", _has_prefix, _get(_a_pod, _point, _OUTSIDE)),
    Way("Data", "list through it outside the prefix", _has_prefix, _list(_a_pod, _point, "")),
    Way("Data", "put through it outside the prefix", _has_prefix, _put(_a_pod, _point, _OUTSIDE)),
    Way("Data", "get at the bucket", no, _get(_a_pod, _bucket)),
    Way(
        "Data",
        "get its own, under a second service account",
        _second,
        _get_as_the_second(_points_of_the_second, lambda owner: owner.evaluation),
    ),
    Way(
        "Data",
        "get the first service account's, under a second",
        _not_of_the_second,
        _get_as_the_second(_point, lambda owner: owner.prefix),
    ),
    Way("Data", "get a second service account's, under the first", _not_of_the_second, _get_what_the_second_has),
    Way("Data", "list at the bucket", no, _list(_a_pod, _bucket)),
    Way("Data", "put at the bucket", no, _put(_a_pod, _bucket)),
    Way("Data", "get through an access point open to the cluster's account", no, _get(_a_pod, _open)),
    Way("Data", "get through the access point, as a scientist", no, _get(_a_scientist, _point)),
    Way("Data", "get through it, as any other role of the cluster's account", no, _get(_an_auditor, _point)),
    Way("Data", "get at the bucket, as any other role of the cluster's account", no, _get(_an_auditor, _bucket)),
    Way("Data", "get through it, from a third account", no, _get(_a_stranger, _point)),
    Way("Data", "get through it, unsigned", no, _get_unsigned(_point)),
    Way("Data", "get at the bucket, unsigned", no, _get_unsigned(_bucket)),
    Way("Data", "read the access point's policy", no, _read_policy(_a_pod)),
    Way("Data", "decrypt with the key, past S3", _has_key, _decrypt(_a_pod)),
    Way("Data", "make a data key, past S3", _has_key, _data_key(_a_pod)),
    Way("Data", "decrypt, as any other role of the cluster's account", _has_key, _decrypt(_an_auditor)),
)
