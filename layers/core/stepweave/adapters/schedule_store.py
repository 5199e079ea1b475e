"""Schedules in the table."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from stepweave.adapters.lists import page_of_keys
from stepweave.adapters.table import BY_CHECK, BY_LIST, ConditionFailed, Item, Table
from stepweave.domain.schedule import Fire, Schedule, Skip, Timetable
from stepweave.services.ports import Page

_CHECK = "SCHEDULES"
_SK = "SCHEDULE"
_NEVER = "~"
"""Sorts after every moment."""


def _pk(schedule_id: str) -> str:
    return f"SCHEDULE#{schedule_id}"


class ScheduleStore:
    """The port `services.ports.Schedules`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create(self, schedule: Schedule, *, next_run_at: str | None, check_after: str) -> bool:
        return self._put(_item(schedule, next_run_at, check_after), "attribute_not_exists(pk)", {})

    def get(self, schedule_id: str) -> Schedule | None:
        item = self._table.get(_pk(schedule_id), _SK)
        return _schedule(item) if item else None

    def put(self, schedule: Schedule, *, next_run_at: str | None, check_after: str) -> bool:
        item = _item(schedule, next_run_at, check_after) | {"rev": schedule.rev + 1}
        return self._put(item, "#rev = :rev", {":rev": schedule.rev})

    def remove(self, schedule_id: str) -> bool:
        return self._table.delete(_pk(schedule_id), _SK)

    def page(self, workflow_id: str, *, limit: int, offset: int, cursor: str | None) -> Page[Schedule]:
        name = f"SCHEDULES#{workflow_id}"
        keys = page_of_keys(self._table, name, limit=limit, offset=offset, cursor=cursor, ascending=True)
        return Page(self._read(keys.items), keys.total, keys.next_cursor)

    def of(self, workflow_id: str) -> Sequence[Schedule]:
        return self._read(self._table.query("#list = :list", {":list": f"SCHEDULES#{workflow_id}"}, index=BY_LIST))

    def due(self, now: str, limit: int) -> Sequence[Schedule]:
        condition, values = "#check = :check AND #check_after <= :now", {":check": _CHECK, ":now": now}
        return self._read(self._table.query(condition, values, index=BY_CHECK, limit=limit))

    def _read(self, keys: Sequence[Item]) -> Sequence[Schedule]:
        items = {item["pk"]: item for item in self._table.batch_get((key["pk"], key["sk"]) for key in keys)}
        return [_schedule(items[key["pk"]]) for key in keys if key["pk"] in items]

    def _put(self, item: Item, condition: str, values: dict[str, Any]) -> bool:
        try:
            self._table.put(item, condition, values)
        except ConditionFailed:
            return False
        return True


def _item(schedule: Schedule, next_run_at: str | None, check_after: str) -> Item:
    facts = asdict(schedule) | {"input_data": json.dumps(schedule.input_data)}
    place = {"list": f"SCHEDULES#{schedule.workflow_id}", "list_key": f"{next_run_at or _NEVER}#{schedule.id}"}
    return {**facts, **place, "check": _CHECK, "check_after": check_after, "pk": _pk(schedule.id), "sk": _SK}


def _schedule(item: Item) -> Schedule:
    places = ("pk", "sk", "list", "list_key", "check", "check_after")
    facts = {name: value for name, value in item.items() if name not in places}
    timetable = {"cron": None, "every_minutes": None} | item["timetable"]
    facts |= {"timetable": Timetable(**timetable), "input_data": json.loads(item["input_data"])}
    if "last" in item:
        facts["last"] = Fire(**item["last"])
    if "skipped" in item:
        facts["skipped"] = Skip(**item["skipped"])
    return Schedule(**facts)
