"""Pages of workflows: keys from the index, totals from counters, rows by key.

One list, or none, is paged in the index itself: what it costs does not depend on how many workflows there are. Several
filters go through the shortest of their lists as a whole, on keys alone; so does a search through what it finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stepweave.adapters import workflow_facets as facets
from stepweave.adapters.cursor import decode, encode
from stepweave.adapters.table import BY_LIST, Item, Table
from stepweave.services.listing import WorkflowFilters

_LIST, _AFTER = "#list = :list", "#list = :list AND #list_key < :after"


@dataclass(frozen=True)
class Places:
    """One page of places, newest first."""

    places: Sequence[str]
    total: int
    next_cursor: str | None


def page_of_places(table: Table, filters: WorkflowFilters, *, limit: int, offset: int, cursor: str | None) -> Places:
    if filters.q is not None and not facets.prefix(filters.q):
        filters = replace(filters, q=None)  # such as U+0000, which counts as a space: it says nothing
    lists = _lists(filters)
    name = "&".join([*sorted(lists), f"q={filters.q or ''}"])
    after = decode(name, cursor) if cursor else None
    if filters.q is None and len(lists) <= 1:
        one = lists[0] if lists else facets.ALL
        keys = _keys(table, one, limit=offset + limit + 1, after=after)[offset:]
        return _page(name, [key["list_key"] for key in keys], limit, length(table, one))
    found = facets.newest_first(_matching(table, filters, lists))
    rest = [place for place in found if after is None or place < after][offset:]
    return _page(name, rest, limit, len(found))


def length(table: Table, list_name: str) -> int:
    """How many workflows a list has: one query over small counters, whatever the answer."""
    counters = table.query("pk = :pk", {":pk": f"COUNT#{list_name}"})
    return sum(counter["count"] for counter in counters)


def _page(name: str, places: Sequence[str], limit: int, total: int) -> Places:
    following = encode(name, places[limit - 1]) if len(places) > limit else None
    return Places(places[:limit], total, following)


def _lists(filters: WorkflowFilters) -> list[str]:
    lists = [facets.tag_list(tag) for tag in filters.tags]
    if filters.status is not None:
        lists.append(facets.status_list(filters.status))
    if filters.trigger_type is not None:
        lists.append(facets.trigger_list(filters.trigger_type))
    return list(dict.fromkeys(lists))


def _matching(table: Table, filters: WorkflowFilters, lists: Sequence[str]) -> list[str]:
    """All places that every filter lets pass; reads what the rarest of the filters lets pass, or a little more."""
    shortest, name = min(((length(table, each), each) for each in lists), default=(None, ""))
    if shortest == 0:
        return []
    if filters.q is None:
        return _passing([key["list_key"] for key in _keys(table, name)], filters)
    found = _search(table, filters.q, limit=None if shortest is None else shortest + 1)
    if shortest is None or len(found) <= shortest:
        return _passing(found, filters)
    return _named(table, _passing([key["list_key"] for key in _keys(table, name)], filters), filters.q)


def _passing(places: Sequence[str], filters: WorkflowFilters) -> list[str]:
    return [each for each in places if facets.is_in(each, filters.status, filters.trigger_type, filters.tags)]


def _search(table: Table, q: str, limit: int | None) -> list[str]:
    values = {":list": facets.WORDS, ":q": facets.prefix(q)}
    condition = f"{_LIST} AND begins_with(#list_key, :q)"
    return [facets.place_of_row(key["list_key"]) for key in table.query(condition, values, index=BY_LIST, limit=limit)]


def _named(table: Table, places: Sequence[str], q: str) -> list[str]:
    items = table.batch_get(key_of(place) for place in places)
    names = {item["id"]: item["name"] for item in items}
    return [each for each in places if facets.finds(q, names.get(facets.workflow_id(each), ""))]


def key_of(place: str) -> tuple[str, str]:
    """The key of the workflow at that place."""
    return f"WF#{facets.workflow_id(place)}", "W#workflow"


def _keys(table: Table, list_name: str, limit: int | None = None, after: str | None = None) -> list[Item]:
    values = {":list": list_name} | ({":after": after} if after else {})
    return table.query(_AFTER if after else _LIST, values, index=BY_LIST, limit=limit, descending=True)
