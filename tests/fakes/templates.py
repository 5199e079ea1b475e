"""Templates, in memory."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fakes.workflows import FakeWorkflows
from stepweave.adapters.builtin_templates import BuiltinTemplateFiles
from stepweave.api.uses.templates import TemplateUses
from stepweave.domain.template import Template, TemplateHead
from stepweave.services import templates as services


@dataclass
class FakeTemplates:
    templates: dict[str, Template] = field(default_factory=dict)

    def add(self, template: Template) -> None:
        self.templates.setdefault(template.head.id, template)

    def get(self, template_id: str) -> Template | None:
        return self.templates.get(template_id)

    def remove(self, template_id: str) -> bool:
        return self.templates.pop(template_id, None) is not None

    def heads(self) -> Sequence[TemplateHead]:
        return [template.head for template in self.templates.values()]


def fake_template_uses(create: services.CreateFrom, fail: Callable[[], None] = lambda: None) -> TemplateUses:
    """The use cases themselves, over templates in memory; `fail` may raise instead of each."""
    own, builtins, numbers = FakeTemplates(), BuiltinTemplateFiles(), itertools.count(1)
    ports: dict[str, Any] = {"templates": own, "builtins": builtins}
    making: dict[str, Any] = {
        "templates": own,
        "workflows": FakeWorkflows(),
        "new_id": lambda prefix: f"{prefix}_01{next(numbers):024}",
        "clock": lambda: datetime(2026, 11, 2, 14, tzinfo=UTC),
    }

    def failing(use: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            fail()
            return use(*arguments)

        return call

    return TemplateUses(
        page=failing(partial(services.list_templates, **ports)),
        get=failing(partial(services.get_template, **ports)),
        create=failing(partial(services.create_template, **making)),
        install=failing(partial(services.install_template, **ports, create=create)),
        remove=failing(partial(services.remove_template, **ports)),
    )
