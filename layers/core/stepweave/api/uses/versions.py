"""What may be done with versions; the comment names what each raises."""

from collections.abc import Callable
from dataclasses import dataclass

from stepweave.domain.api_key import Caller
from stepweave.domain.workflow import Version, VersionNote, Workflow
from stepweave.services.listing import ListQuery
from stepweave.services.ports import Page
from stepweave.services.versions import Difference, Rollback


@dataclass(frozen=True)
class VersionUses:
    page_of: Callable[[str, ListQuery], Page[VersionNote]]  # NotFound, Invalid
    get: Callable[[str, int], Version]  # NotFound
    compare: Callable[[str, int, int], Difference]  # NotFound
    roll_back: Callable[[Caller, str, Rollback], tuple[Workflow, Version]]  # NotFound, Invalid, PreconditionFailed
