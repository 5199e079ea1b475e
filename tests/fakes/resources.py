"""Resources, in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from stepweave.domain.keyset import Place
from stepweave.domain.reference import Ref, User
from stepweave.domain.resource import DEFAULT_PROJECT, Kind, Resource
from stepweave.services.ports import ResourcePage, Use
from stepweave.services.resources import page_of


@dataclass
class FakeResources:
    stored: dict[Ref, Resource] = field(default_factory=dict)
    used: dict[tuple[Ref, User], str] = field(default_factory=dict)

    def get(self, kind: Kind, resource_id: str, project: str = DEFAULT_PROJECT) -> Resource | None:
        return self.stored.get(Ref(kind, resource_id, project))

    def several(self, kind: Kind, ids: Collection[str], project: str = DEFAULT_PROJECT) -> dict[str, Resource]:
        return {each: found for each in ids if (found := self.get(kind, each, project))}

    def put(self, resource: Resource, *, was: Resource | None) -> bool:
        ref = Ref(resource.kind, resource.id, resource.project)
        stands = self.stored.get(ref)
        if (stands.etag if stands else None) != (was.etag if was else None):
            return stands is not None and stands.etag == resource.etag
        self.stored[ref] = replace(resource, uses=stands.uses if stands else 0)
        return True

    def remove(self, resource: Resource) -> bool:
        ref = Ref(resource.kind, resource.id, resource.project)
        stands = self.stored.get(ref)
        if stands is None or (stands.etag, stands.uses) != (resource.etag, resource.uses):
            return False
        del self.stored[ref]
        return True

    def page(self, kind: Kind, project: str, *, prefix: str, limit: int, at: Place | None) -> ResourcePage:
        found = [
            each
            for ref, each in sorted(self.stored.items())
            if (ref.kind, ref.project) == (kind, project) and ref.id.startswith(prefix)
        ]
        return page_of(found, limit, at)

    def use(self, ref: Ref, user: User, now: str) -> None:
        self.used[ref, user] = now
        if stands := self.stored.get(ref):
            self.stored[ref] = replace(stands, uses=stands.uses + 1)

    def release(self, ref: Ref, user: User, *, before: str) -> None:
        if self.used.get((ref, user), "~~") < before:
            del self.used[ref, user]

    def uses(self, ref: Ref, limit: int) -> Sequence[Use]:
        return [Use(user, since) for (of, user), since in sorted(self.used.items()) if of == ref][:limit]
