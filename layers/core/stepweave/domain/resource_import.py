"""What an import of resources does, and has done."""

from dataclasses import dataclass
from typing import Literal

Strategy = Literal["seed_only", "overwrite_conflicts"]
"""What becomes of those that exist: they stay as they are, or become what is imported."""


@dataclass(frozen=True)
class ImportedResources:
    """How many are new, were there and stay, were there and are what was imported now."""

    imported: int
    skipped: int
    overwritten: int
    strategy: Strategy
