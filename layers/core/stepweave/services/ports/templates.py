"""Where templates are."""

from collections.abc import Sequence
from typing import Protocol

from stepweave.domain.template import Template, TemplateHead


class Templates(Protocol):
    """One's own templates."""

    def add(self, template: Template) -> None:
        """Stores a new one; one of that id that exists already stays as it is."""

    def get(self, template_id: str) -> Template | None: ...

    def remove(self, template_id: str) -> bool:
        """Whether there was one."""

    def heads(self) -> Sequence[TemplateHead]:
        """All of them, in no particular order."""


class BuiltinTemplates(Protocol):
    """The templates that come with the service."""

    def get(self, ref: str) -> Template | None:
        """By id or by slug."""

    def heads(self) -> Sequence[TemplateHead]: ...
