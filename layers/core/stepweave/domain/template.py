"""A template: a definition with parameters, from which workflows are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NO_PARAMETERS: Mapping[str, Any] = {"type": "object", "properties": {}}
MAX_TEMPLATES = 1_000
"""Of one's own. A list reads the heads of all of them, some 300 bytes each."""


@dataclass(frozen=True)
class TemplateHead:
    """What a list shows. `slug` names a built-in one in paths; one's own has none."""

    id: str
    name: str
    description: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    slug: str | None = None
    created_at: str | None = None
    created_by: str | None = None

    @property
    def is_builtin(self) -> bool:
        return self.slug is not None


@dataclass(frozen=True)
class Template:
    """`parameters` is a JSON Schema of an object; `definition` reads them as `{{ parameters.<name> }}`."""

    head: TemplateHead
    definition: Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=lambda: NO_PARAMETERS)
