"""Where resources are, and who uses them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from stepweave.domain.keyset import Place
from stepweave.domain.reference import Ref, User
from stepweave.domain.resource import DEFAULT_PROJECT, Kind, Resource


@dataclass(frozen=True)
class ResourcePage:
    """Resources by id, how many there are in all, and from where the pages after and before this one are read (None:
    there is none)."""

    rows: Sequence[Resource]
    total: int
    after: Place | None
    before: Place | None


@dataclass(frozen=True)
class Use:
    """Who has said that it uses a resource, and when it said so last."""

    user: User
    since: str


class KnownResources(Protocol):
    """The resources that work may name."""

    def get(self, kind: Kind, resource_id: str) -> Resource | None: ...


class Resources(Protocol):
    """Resources by kind, project and id."""

    def get(self, kind: Kind, resource_id: str, project: str = DEFAULT_PROJECT) -> Resource | None: ...

    def several(self, kind: Kind, ids: Collection[str], project: str = DEFAULT_PROJECT) -> dict[str, Resource]:
        """Those of the ids that there are."""

    def put(self, resource: Resource, *, was: Resource | None) -> bool:
        """Writes a resource if the stored one still is `was` (None: there is none). True also when that very content
        stands there already."""

    def remove(self, resource: Resource) -> bool:
        """Removes it if it is as it was read, and nobody has begun to use it since."""

    def page(self, kind: Kind, project: str, *, prefix: str, limit: int, at: Place | None) -> ResourcePage:
        """By id, those whose id begins so; may lag behind writes."""

    def use(self, ref: Ref, user: User, now: str) -> None:
        """Says that `user` is about to refer to a resource, which need not be there."""

    def release(self, ref: Ref, user: User, *, before: str) -> None:
        """Takes back what `user` has said before that time."""

    def uses(self, ref: Ref, limit: int) -> Sequence[Use]:
        """Who has said so, of all that have at most `limit`."""
