"""What may be done with templates; the comment names what each raises."""

from collections.abc import Callable
from dataclasses import dataclass

from stepweave.domain.api_key import Caller
from stepweave.domain.template import Template, TemplateHead
from stepweave.domain.workflow import Workflow
from stepweave.services.ports import Page
from stepweave.services.templates import CreateTemplate, InstallTemplate, TemplateQuery


@dataclass(frozen=True)
class TemplateUses:
    page: Callable[[TemplateQuery], Page[TemplateHead]]  # Invalid
    get: Callable[[str], Template]  # NotFound
    create: Callable[[Caller, CreateTemplate], Template]  # Invalid, NotFound, Conflict
    install: Callable[[Caller, str, InstallTemplate], Workflow]  # NotFound, Invalid
    remove: Callable[[str], None]  # NotFound, Conflict
