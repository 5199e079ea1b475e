"""Pages of runs: one list of all, one per workflow, and one per workflow and status.

A run's place in a list is its id, which sorts by time, then hashes of its trigger and labels: filters by these, and by
time, are checked on keys alone (1 read unit per 8 KB, some 50 to 100 keys). Only the status of what is not over, and
any status in the list of all, has to be read run by run, of at most `MOST_READ`.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stepweave.adapters.cursor import decode, encode
from stepweave.adapters.table import BY_LIST, Item, Table
from stepweave.domain.run import ACTIVE_RUN, Run
from stepweave.errors import Fault, Invalid
from stepweave.ids import ulid
from stepweave.services.listing import RunFilters
from stepweave.services.moments import moment_of

ALL = "RUNS"
MOST_READ = 10_000
_HASH = 11
"""Characters: 64 bits."""
_TIME = 10
"""Characters of an id that tell its milliseconds."""


@dataclass(frozen=True)
class RunIds:
    """One page of ids, newest first."""

    ids: Sequence[str]
    total: int
    next_cursor: str | None


def place(run: Run) -> str:
    """-> `run_01KA...#<hash of trigger><hash of a label>...`"""
    facts = [f"trigger {run.trigger}", *(f"label {name}={value}" for name, value in run.labels.items())]
    return f"{run.id}#{''.join(map(_hash, facts))}"


def list_of(workflow_id: str, status: str | None = None) -> str:
    """-> `RUNS#wf_...`, `RUNS#wf_...#active`, `RUNS#wf_...#failed`"""
    if status is None:
        return f"{ALL}#{workflow_id}"
    return f"{ALL}#{workflow_id}#{'active' if status in ACTIVE_RUN else status}"


def page_of_ids(table: Table, filters: RunFilters, *, limit: int, offset: int, cursor: str | None) -> RunIds:
    name, mark = _marked(filters)
    after = decode(mark, cursor) if cursor else None
    if filters.trigger is None and not filters.labels and not _must_read(filters):
        first, last = _range(filters)
        before = last if after is None else after
        keys = _keys(table, name, first, before, limit=offset + limit + 1 + (after is not None))
        rest = [key for key in keys if key["list_key"] != after][offset:]
        return _page(mark, rest, limit, _count(table, name, first, last))
    found = _matching(table, name, filters)
    rest = [key for key in found if after is None or key["list_key"] < after][offset:]
    return _page(mark, rest, limit, len(found))


def cursor_after(filters: RunFilters, run: Run) -> str:
    """The cursor of a page that begins after that run."""
    return encode(_marked(filters)[1], place(run))


def _marked(filters: RunFilters) -> tuple[str, str]:
    """The list to look in, and what tells cursors of these filters from those of others."""
    name = ALL if filters.workflow_id is None else list_of(filters.workflow_id, filters.status)
    return name, f"{name} {filters}"


def _page(mark: str, keys: Sequence[Item], limit: int, total: int) -> RunIds:
    following = encode(mark, keys[limit - 1]["list_key"]) if len(keys) > limit else None
    return RunIds([_id(key) for key in keys[:limit]], total, following)


def _must_read(filters: RunFilters) -> bool:
    return filters.status is not None and (filters.workflow_id is None or filters.status in ACTIVE_RUN)


def _matching(table: Table, name: str, filters: RunFilters) -> list[Item]:
    """All keys that every filter lets pass."""
    first, last = _range(filters)
    wanted = {_hash(f"label {name}={value}") for name, value in filters.labels}
    wanted |= {_hash(f"trigger {filters.trigger}")} if filters.trigger is not None else set()
    keys = [key for key in _keys(table, name, first, last) if wanted <= _facts(key)]
    if not _must_read(filters):
        return keys
    if len(keys) > MOST_READ:
        message = f"{len(keys):,} runs would have to be read for their status; narrow it, to {MOST_READ:,} at most"
        raise Invalid([Fault("?since", message)])
    states = {item["pk"]: item for item in table.batch_get((f"RUN#{_id(key)}", "STATE") for key in keys)}
    return [key for key in keys if _has(table, states.get(f"RUN#{_id(key)}"), filters.status)]


def _has(table: Table, state: Item | None, status: str | None) -> bool:
    """A run that is `waiting` is stored as `running`: what its steps do tells them apart."""
    if state is None or state.get("deleted"):
        return False
    if status not in ("running", "waiting") or state["status"] != "running":
        return bool(state["status"] == status)
    return waits(table, state["run_id"], state["execution"]) == (status == "waiting")


_AT_WORK = "#status = :waiting OR (#status = :running AND #execution = :execution)"


def waits(table: Table, run_id: str, execution: int) -> bool:
    """Whether no step of a run runs and at least one waits; a loop is what the steps in it are. One query.

    What was cut off in an earlier execution does not run any more; what waited then may go on doing so.
    """
    items = table.query(
        "pk = :pk AND sk BETWEEN :first AND :last",
        {
            ":pk": f"RUN#{run_id}",
            ":first": "STEP#",
            ":last": "STEP$",
            ":running": "running",
            ":waiting": "waiting",
            ":execution": execution,
        },
        only=f"({_AT_WORK}) AND attribute_not_exists(#items)",
        names=("status",),
    )
    return {item["status"] for item in items} == {"waiting"}


def _range(filters: RunFilters) -> tuple[str, str]:
    """What bounds the places of runs created from `since` on and before `until`."""
    first = f"run_{_moment(filters.since)}" if filters.since else "run_"
    return first, f"run_{_moment(filters.until)}" if filters.until else "run_~"


def _moment(text: str) -> str:
    return ulid(round(moment_of(text).timestamp() * 1000), 0)[:_TIME]


_BETWEEN = "#list = :list AND #list_key BETWEEN :first AND :last"


def _keys(table: Table, name: str, first: str, last: str, limit: int | None = None) -> list[Item]:
    values = {":list": name, ":first": first, ":last": last}
    return table.query(_BETWEEN, values, index=BY_LIST, limit=limit, descending=True)


def _count(table: Table, name: str, first: str, last: str) -> int:
    values: Mapping[str, Any] = {":list": name, ":first": first, ":last": last}
    return table.count(_BETWEEN, values, index=BY_LIST)


def _id(key: Item) -> str:
    return str(key["list_key"]).partition("#")[0]


def _facts(key: Item) -> set[str]:
    hashes = str(key["list_key"]).partition("#")[2]
    return {hashes[start : start + _HASH] for start in range(0, len(hashes), _HASH)}


def _hash(fact: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(fact.encode("utf-8", "surrogatepass")).digest()[:8]).decode()[:_HASH]


def key_items(run: Run, status: str) -> tuple[Item, Item, Item]:
    """What the run's items carry for its lists: its own, its state's, and the one that is there for the list of all."""
    at = place(run)
    own = {"list": list_of(run.workflow_id), "list_key": at}
    state = {"list": list_of(run.workflow_id, status), "list_key": at}
    return own, state, {"pk": f"RUN#{run.id}", "sk": "ALL", "list": ALL, "list_key": at}


def ids_after(run_id: str) -> str:
    """Sorts after the place of that run, and before that of any later one."""
    return f"{run_id}~"
