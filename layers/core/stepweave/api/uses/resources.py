"""What may be done with agents, tasks and tools; the comment names what each raises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from stepweave.domain.resource import Kind, Resource
from stepweave.domain.resource_import import ImportedResources, Strategy
from stepweave.services.ports import ResourcePage
from stepweave.services.preconditions import IfMatch
from stepweave.services.resources import Wanted


class PutResource(Protocol):
    def __call__(
        self, kind: Kind, resource_id: str, content: Mapping[str, Any], *, expected: IfMatch, project: str
    ) -> tuple[Resource, bool]: ...


class OfResource(Protocol):
    def __call__(self, kind: Kind, resource_id: str, *, project: str) -> Resource: ...


class DeleteResource(Protocol):
    def __call__(self, kind: Kind, resource_id: str, *, project: str) -> bool: ...


class ImportResources(Protocol):
    def __call__(
        self, kind: Kind, strategy: Strategy, *, sent: Mapping[str, Any] | None, project: str
    ) -> ImportedResources: ...


@dataclass(frozen=True)
class ResourceUses:
    put: PutResource  # Invalid, PreconditionFailed
    get: OfResource  # NotFound, Invalid
    page: Callable[[Kind, Wanted], ResourcePage]  # NotFound, BadRequest, Invalid
    delete: DeleteResource  # ResourceInUse, Invalid
    export: Callable[[Kind, str], int]  # Invalid
    bundle: Callable[[Kind, str], dict[str, Any]]  # Invalid
    take: ImportResources  # Invalid
