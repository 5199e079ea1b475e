"""What may be done with workflows as files of a project; the comment names what each raises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from stepweave.domain.api_key import Caller
from stepweave.domain.resource_import import ImportedResources, Strategy


class ImportWorkflows(Protocol):
    def __call__(
        self, caller: Caller, strategy: Strategy, *, sent: Mapping[str, Any] | None, project: str
    ) -> ImportedResources: ...


@dataclass(frozen=True)
class WorkflowFileUses:
    export: Callable[[str], int]  # Invalid
    bundle: Callable[[str], dict[str, Any]]  # Invalid
    take: ImportWorkflows  # Invalid, Conflict
