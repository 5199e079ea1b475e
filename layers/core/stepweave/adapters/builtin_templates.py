"""The built-in templates: one JSON file each beside the code, read when first asked for (1 ms for all of them)."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from stepweave.domain.template import Template, TemplateHead

FOLDER = Path(__file__).parent.parent / "templates"


class BuiltinTemplateFiles:
    """The port `services.ports.templates.BuiltinTemplates`; the name of a file is the slug of its template."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def get(self, ref: str) -> Template | None:
        return self._known.get(ref)

    def heads(self) -> Sequence[TemplateHead]:
        return [template.head for template in self._all]

    @cached_property
    def _known(self) -> Mapping[str, Template]:
        return {ref: each for each in self._all for ref in (each.head.id, each.head.slug or "")}

    @cached_property
    def _all(self) -> Sequence[Template]:
        return [_template(path) for path in sorted(self._folder.glob("*.json"))]


def _template(path: Path) -> Template:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    head = TemplateHead(
        id=found["id"],
        name=found["name"],
        description=found["description"],
        category=found["category"],
        tags=tuple(found["tags"]),
        slug=path.stem,
    )
    return Template(head, found["definition"], found["parameters"])
