"""Export and import of workflows; the comment names what each raises."""

from collections.abc import Callable
from dataclasses import dataclass

from stepweave.domain.api_key import Caller
from stepweave.services.transfer import Document, Imported, OnConflict


@dataclass(frozen=True)
class TransferUses:
    take: Callable[[Caller, Document, OnConflict], Imported]  # Invalid, Conflict
