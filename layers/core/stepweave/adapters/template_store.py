"""One's own templates in the table: a head in the list of all, and the whole under its id."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from stepweave.adapters.table import ConditionFailed, Item, Table
from stepweave.adapters.value_items import value_from, value_item
from stepweave.domain.template import Template, TemplateHead
from stepweave.services.ports import Values

_LIST = "TEMPLATES"
_WHOLE = "TEMPLATE"


def _pk(template_id: str) -> str:
    return f"TPL#{template_id}"


class TemplateStore:
    """The port `services.ports.templates.Templates`."""

    def __init__(self, table: Table, values: Values) -> None:
        self._table = table
        self._values = values

    def add(self, template: Template) -> None:
        head = {**asdict(template.head), "tags": list(template.head.tags)}
        content = {"definition": template.definition, "parameters": template.parameters}
        stored = self._values.store(f"templates/{template.head.id}.json", content)
        whole = {"pk": _pk(template.head.id), "sk": _WHOLE, **head, "content": value_item(stored)}
        with suppress(ConditionFailed):  # it is there already
            self._table.create_all([{"pk": _LIST, "sk": template.head.id, **head}, whole])

    def get(self, template_id: str) -> Template | None:
        item = self._table.get(_pk(template_id), _WHOLE)
        if item is None:
            return None
        stored = value_from(item["content"])
        content: Any = self._values.load(stored) if stored else {}
        return Template(_head(item), content["definition"], content["parameters"])

    def remove(self, template_id: str) -> bool:
        """The head goes last: as long as a list shows it, its removal can be tried again."""
        there = self._table.delete(_pk(template_id), _WHOLE)
        return self._table.delete(_LIST, template_id) or there

    def heads(self) -> Sequence[TemplateHead]:
        return [_head(item) for item in self._table.query("pk = :pk", {":pk": _LIST})]


def _head(item: Item) -> TemplateHead:
    return TemplateHead(
        id=item["id"],
        name=item["name"],
        description=item.get("description"),
        category=item.get("category"),
        tags=tuple(item["tags"]),
        created_at=item["created_at"],
        created_by=item["created_by"],
    )
