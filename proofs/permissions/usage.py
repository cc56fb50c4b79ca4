"""Held against used: what is granted and never used, and what was refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from proofs.permissions.grants import Grant, grants_of, role_arns
from proofs.permissions.kubernetes_rights import Right, right_for, rights_of, titled
from proofs.permissions.service_needs import service_needs
from sandbox.aws.gateway.operators import why_not
from sandbox.aws.inventory import World
from sandbox.runtime.call_log import Entry, Need

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


@dataclass
class Usage:
    """What all runs together have shown."""

    granted: dict[Grant, None] = field(default_factory=dict)
    used: set[Grant] = field(default_factory=set)
    missing: dict[tuple[str, str], None] = field(default_factory=dict)
    """Role, or group as it is titled, and what it was refused."""
    rights: set[Right] = field(default_factory=set)
    exercised: set[Right] = field(default_factory=set)

    def add(self, world: World, entries: Iterable[Entry], parameters: Mapping[str, str]) -> None:
        """Counts one deployment's grants, rights and calls, and what AWS itself does in it."""
        names, grants = role_arns(world), grants_of(world)
        self.granted.update(dict.fromkeys(grants))
        self.rights |= rights_of(world)
        self.add_calls(world, entries)
        for role, need in service_needs(parameters):
            self.use(grants, role, [need])
            arn = next(arn for arn, name in names.items() if name == role)
            if why_not(arn, need.action, need.resource, context=dict(need.context)):
                self.missing[role, f"{need.action} on {need.resource} (as AWS itself)"] = None

    def add_calls(self, world: World, entries: Iterable[Entry]) -> None:
        """Counts calls of the stack's roles and no others: what a team is refused is not missing, nor is a fault."""
        names, grants = role_arns(world), grants_of(world)
        for entry in entries:
            call = entry.call
            if call.service == "kubernetes":
                self._add_kubernetes(entry)
            elif call.principal in names:
                role = names[call.principal]
                if entry.error in _DENIED:
                    self.missing[role, f"{', '.join(call.actions)} on {call.resource}"] = None
                self.use(grants, role, call.needs)

    def use(self, grants: Iterable[Grant], role: str, needs: Iterable[Need]) -> None:
        """Marks the role's grants that cover any of the needs."""
        wanted = list(needs)
        self.used |= {grant for grant in grants if grant.role == role and any(map(grant.allows, wanted))}

    def _add_kubernetes(self, entry: Entry) -> None:
        right = right_for(entry.call)
        if right is None:
            return
        self.exercised.add(right)
        if entry.status == 403 and not str(entry.error).startswith("fault:"):
            self.missing[titled(right.holder), str(right)] = None

    @property
    def roles(self) -> list[str]:
        """Every role that is granted something."""
        return list(dict.fromkeys(grant.role for grant in self.granted))

    def unused(self, role: str) -> list[Grant]:
        """Grants that no run and no service used."""
        return [grant for grant in self.granted if grant.role == role and grant not in self.used]

    def missing_for(self, holder: str) -> list[str]:
        """What a role, or a group as it is titled, was refused."""
        return [what for who, what in self.missing if who == holder]

    def unused_rights(self, group: str) -> list[Right]:
        """Rights of a group in Kubernetes that its function neither used nor hands out to teams."""
        return sorted(right for right in self.rights - self.exercised if right.holder == group)
