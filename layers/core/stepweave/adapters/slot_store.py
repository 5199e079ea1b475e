"""Slots and queues in the table."""

from collections.abc import Sequence
from contextlib import suppress

from stepweave.adapters.table import BY_LIST, ConditionFailed, Item, Table
from stepweave.domain.slots import DEPLOYMENT, SlotState, workflow_of

_OF_WORKFLOW, _OF_KEY = "W#slots", "GROUP#"


def _place(group: str) -> tuple[str, str]:
    if group == DEPLOYMENT:
        return "DEPLOYMENT", "SLOTS"
    workflow_id, _, key = group.partition("#")
    return f"WF#{workflow_id}", f"{_OF_KEY}{key}" if key else _OF_WORKFLOW


def _known(group: str) -> str:
    """The item of a workflow is made and deleted with it, so that one that is gone starts nothing; others come by
    themselves."""
    return "attribute_exists(pk)" if workflow_of(group) == group else ""


class SlotStore:
    """The port `services.ports.Slots`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, group: str) -> SlotState:
        item = self._table.get(*_place(group))
        return _state(item) if item else SlotState()

    def take(self, group: str, name: str, limit: int, *, past_queue: bool = False) -> bool:
        free = "attribute_not_exists(#held) OR size(#held) < :limit"
        first = f"({free}) AND attribute_not_exists(#has_queue)"
        condition = f"(contains(#held, :name) OR {free if past_queue else first})"
        if known := _known(group):
            condition = f"{known} AND {condition}"
        values = {":name": name, ":limit": limit, ":names": {name}}
        try:
            self._table.update(*_place(group), "ADD #held :names", condition, values)
        except ConditionFailed:
            return False
        return True

    def free(self, group: str, name: str) -> SlotState:
        try:
            values = {":names": {name}}
            item = self._table.update(*_place(group), "DELETE #held :names", "attribute_exists(pk)", values)
        except ConditionFailed:
            return SlotState()  # the workflow is gone, and its slots with it
        return _state(item)

    def enqueue(self, group: str, run_id: str) -> SlotState:
        """The entry goes first: a dispatcher that finds the queue empty clears the mark, but none of a later join."""
        with suppress(ConditionFailed):  # it queues already
            self._table.put({"pk": f"QUEUE#{group}", "sk": run_id}, "attribute_not_exists(pk)")
        values = {":yes": True, ":one": 1, ":list": _list(workflow_of(group)), ":key": group}
        marks = "SET #has_queue = :yes, #list = :list, #list_key = :key ADD #rev :one"
        try:
            return _state(self._table.update(*_place(group), marks, _known(group), values))
        except ConditionFailed:
            return SlotState()  # the workflow is gone; its runs end when they are dispatched

    def queued(self, group: str, limit: int, *, after: str = "") -> Sequence[str]:
        condition, values = "pk = :pk AND sk > :after", {":pk": f"QUEUE#{group}", ":after": after or " "}
        items = self._table.query(condition, values, limit=limit)
        return [item["sk"] for item in items]

    def dequeue(self, group: str, run_id: str) -> None:
        self._table.delete(f"QUEUE#{group}", run_id)

    def clear_queue_mark(self, group: str, rev: int) -> None:
        with suppress(ConditionFailed):  # somebody joined meanwhile
            condition = "attribute_exists(pk) AND #rev = :rev"
            self._table.update(*_place(group), "REMOVE #has_queue, #list, #list_key", condition, {":rev": rev})

    def groups(self, workflow_id: str, limit: int) -> Sequence[str]:
        condition, values = "#list = :list", {":list": _list(workflow_id)}
        found = self._table.query(condition, values, index=BY_LIST, limit=limit)
        return [item["list_key"] for item in found]


def _list(workflow_id: str | None) -> str:
    """Only groups in which runs queue are in this list: a workflow may have had a hundred thousand others."""
    return f"QUEUES#{workflow_id or DEPLOYMENT}"


def _state(item: Item) -> SlotState:
    return SlotState(frozenset(item.get("held", ())), item.get("has_queue", False), item.get("rev", 0))
