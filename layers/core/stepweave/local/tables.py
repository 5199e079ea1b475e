"""Rows as a table for people, and facts below each other."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stepweave.local.terminal import console

if TYPE_CHECKING:
    from rich.table import Table

_WRAPPED = frozenset({"name", "description", "change_summary", "tags"})
"""Columns that may take several lines; ids and times are for copying."""
_WIDE = 10_000
"""Columns of a pipe: lines are as long as they need to be there, for programs to read."""


def show_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """One line per row; what is missing or null is left empty, lists are joined."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column not in _WRAPPED)
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    _print(table)


def show_facts(of: Mapping[str, Any], names: Sequence[str]) -> None:
    """One line per member that has a value."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    for name in names:
        if of[name] not in (None, []):
            table.add_row(Text(name, style="bold"), Text(_cell(of[name])))
    _print(table)


def _print(table: "Table") -> None:
    out = console()
    if not out.is_terminal:
        out.width = _WIDE
    out.print(table)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case list():
            return ", ".join(map(str, value))
    return str(value)
