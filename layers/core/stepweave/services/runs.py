"""Runs: read, list."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from stepweave.domain.run import ACTIVE_RUN, RunState, Value
from stepweave.errors import NotFound
from stepweave.services.approval_links import Approval, ApprovalLinks
from stepweave.services.listing import ListQuery, RunFilters
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, Page, Plans, Runs, Story, Values, Workflows
from stepweave.services.replay import Replay, replay_of
from stepweave.services.run_views import NESTED_ROWS, run_row, run_view
from stepweave.services.waits import QueuePorts, start_wait
from stepweave.services.workflows import current


@dataclass(frozen=True)
class ReadPorts:
    runs: Runs
    plans: Plans
    values: Values
    clock: Clock
    queue: QueuePorts
    links: ApprovalLinks


def get_run(run_id: str, base: str | None, *, ports: ReadPorts) -> dict[str, Any]:
    """A run with its step runs, as the contract shows it.

    base: for who may decide, where the API was reached: approval links begin with it in a deployment that was not told
    its address. None: no links.
    """
    story = ports.runs.get(run_id, nested=NESTED_ROWS)
    if story is None:
        raise NotFound("run", run_id)
    state, now = story.state, ports.clock()
    plan = ports.plans.get(state.workflow_id, state.plan_key)
    link = None if base is None else partial(_link, ports.links, base, replay_of(state, plan), run_id)
    view = run_view(story, plan, ports.values, text_of(now), link)
    if state.status != "queued":
        return view | {"queue_position": None}
    waits_for, position = start_wait(state, now, ports.queue)
    return view | {"waiting_for": [waits_for], "queue_position": position}


def _link(links: ApprovalLinks, base: str, replay: Replay, run_id: str, key: str) -> str:
    return links.url(Approval(run_id, key, replay.generation(key.partition("@")[0])), base)


def is_over(run_id: str, *, runs: Runs) -> bool:
    """Whether a run has finished, or is gone; one read of one item."""
    state = runs.state(run_id)
    return state is None or state.status not in ACTIVE_RUN


def list_runs(
    ref: str | None, filters: RunFilters, query: ListQuery, *, workflows: Workflows, runs: Runs, values: Values
) -> Page[dict[str, Any]]:
    """Runs of a workflow, or all, newest first, without step runs."""
    if ref is not None:
        filters = replace(filters, workflow_id=current(ref, workflows).workflow.id)
    page: Page[Story] = runs.page(filters, limit=query.limit, offset=query.offset, cursor=query.cursor)
    return Page([run_row(story, values) for story in page.rows], page.total, page.next_cursor)


ANSWERED_BYTES = 5_000_000
"""Larger values are fetched from the bucket: a function answers 6 MB at most (AWS Lambda quotas)."""


@dataclass(frozen=True)
class Whole:
    """A whole value, or the link where it is to be fetched."""

    value: Any = None
    link: str | None = None


def step_output(run_id: str, key: str, *, runs: Runs, values: Values) -> Whole:
    """The whole output of a step run, however large."""
    _existing(run_id, runs)
    record = runs.read(run_id, [key])[1].get(key)
    if record is None or record.output is None:
        raise NotFound("output", f"{run_id}/{key}")
    return _whole(record.output, values)


def run_output(run_id: str, *, runs: Runs, values: Values) -> Whole:
    """The whole output of a run, however large."""
    state = _existing(run_id, runs)
    if state.output is None:
        raise NotFound("output", run_id)
    return _whole(state.output, values)


def run_input(run_id: str, *, runs: Runs, values: Values) -> Whole:
    """The whole input of a run, however large."""
    _existing(run_id, runs)
    return _whole(runs.read(run_id, [])[0].input_data, values)


def _existing(run_id: str, runs: Runs) -> RunState:
    state = runs.state(run_id)
    if state is None:
        raise NotFound("run", run_id)
    return state


def _whole(value: Value, values: Values) -> Whole:
    link = values.link(value) if value.size > ANSWERED_BYTES else None
    return Whole(link=link) if link else Whole(values.load(value))
