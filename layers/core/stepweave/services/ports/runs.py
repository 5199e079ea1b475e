"""Where runs and their step runs are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from stepweave.domain.run import Intent, Run, RunState, StepRun, Value
from stepweave.domain.story import Event
from stepweave.domain.workflow import Machine
from stepweave.services.listing import RunFilters
from stepweave.services.ports.page import Page


@dataclass(frozen=True)
class Story:
    """A run with its state and the step runs it has so far. `waits`: of one without its step runs, that it runs, but no
    step of it does and at least one waits."""

    run: Run
    state: RunState
    steps: Sequence[StepRun]
    waits: bool = False


@dataclass(frozen=True)
class Telling:
    """What a step run tells, without its values, of which a run may have gigabytes."""

    key: str
    skipped: Sequence[str]
    story: Sequence[Event]


@dataclass(frozen=True)
class StepPage:
    """Step runs, and where the next page begins (None: nowhere)."""

    rows: Sequence[StepRun]
    next_cursor: str | None


class StepRuns(Protocol):
    """What entering a step needs of them."""

    def state(self, run_id: str) -> RunState | None: ...
    def admit(self, run_id: str, execution: int, now: str, *, draw: bool) -> RunState | None:
        """Lets an execution's step go on: marks the run as running, draws an event number if asked, and returns the new
        state (`events`: the number). None when that execution is not current or the run is to stop. The first of an
        execution tells `run_started`, after the last event before it."""

    def draw_event(self, run_id: str) -> int: ...
    def read(self, run_id: str, step_keys: Iterable[str]) -> tuple[Run, Mapping[str, StepRun]]:
        """The run and those of the step runs that exist; read consistently."""

    def iterations(self, run_id: str, step_id: str, position: str) -> Sequence[StepRun]:
        """The records of a step nested in the loop at that position, one per item it was entered for; consistent."""

    def put_step(self, step: StepRun, *, was: StepRun | None) -> bool:
        """Writes a step run if the stored one still is `was` (same owner, status, attempt and newest event; None: there
        is none)."""


class Runs(StepRuns, Protocol):
    def create(self, run: Run, state: RunState) -> bool:
        """Stores both; False when there is a run of that id, which stays as it is. Its first check comes a minute after
        it was created or is to start."""

    def get(self, run_id: str, *, nested: int) -> Story | None:
        """A run with its step runs, but at most so many of those inside loops."""

    def was_deleted(self, run_id: str) -> bool:
        """Whether there was such a run, and it was deleted; told for a day after it was made, at the least."""

    def page(self, filters: RunFilters, *, limit: int, offset: int, cursor: str | None) -> Page[Story]:
        """Newest first; stories without their steps. `Invalid` when the filters let too many pass to look at each."""

    def cursor_after(self, filters: RunFilters, run: Run) -> str:
        """The cursor with which a page of these filters begins after that run."""

    def step_page(self, run_id: str, step_id: str | None, *, limit: int, cursor: str | None) -> StepPage:
        """Step runs, of one step or of all; those outside of loops first, then by their keys as text. `Invalid` for a
        cursor of another list."""

    def set_machine(self, run_id: str, machine: Machine) -> None: ...
    def void_events(self, run_id: str, numbers: Iterable[int]) -> None:
        """Notes that these numbers are void for every reader, for ever."""

    def telling(self, run_id: str, number: int, *, nested: bool) -> Sequence[Telling]:
        """The step runs that tell of that event or of a later one, in loops or outside of them; consistent."""

    def intend(self, run_id: str, intent: Intent, check_after: str) -> RunState | None:
        """Puts an intent on a run under way that has none, a cancel also in the place of a pause, and makes it due
        then. The new state, also when that very intent stood there; None when the run does not take it."""

    def finish(self, state: RunState, *, paused: bool = False) -> bool:
        """Writes the state in which a run ends or pauses, tells it, and takes the intent away.

        Only if its execution is current, its intent is still `state.intent`, and the run is under way (`paused`: only
        if it is paused). What has finished is due no more.
        """

    def resume(
        self, state: RunState, *, was: RunState, at: str, check_after: str, input_data: Value | None
    ) -> RunState | None:
        """Lets a run that is not under way go on as `state`, due for a check; with another input, if one is given.
        None when it stands no longer as it `was`, unless it stands as it is wanted."""

    def active(self, workflow_id: str, limit: int, *, after: str = "") -> Sequence[RunState]:
        """Runs of a workflow that are queued, under way or paused and come after that id, the oldest first. May lag
        behind writes."""

    def all_active(self, limit: int) -> Sequence[RunState]:
        """Runs of all workflows that are queued, under way or paused, the newest first. Reads the keys of all such
        runs, a read unit per some fifty. May lag behind writes."""

    def count_active(self) -> int:
        """How many of these there are; a read unit per some hundred. May lag behind writes."""

    def has_any(self, workflow_id: str) -> bool:
        """Whether there is a run of that workflow to read; one read, however many there are."""

    def keep(self, state: RunState, limit: int) -> bool:
        """Puts off when a run is forgotten, if it is to be: nothing of an active run ever is, and all of one that has
        ended at once. False when there were more items than that."""

    def rest(self, state: RunState, check_after: str | None) -> None:
        """A run that is still as that state is due then, or no more."""

    def begin_delete(self, run_id: str, check_after: str) -> bool | None:
        """Takes a run that is over out of everybody's sight and makes it due, also when that was done before. False
        while it is active; None when there is nothing of it."""

    def erase(self, run_id: str, limit: int) -> bool:
        """Takes away items of a run, its state last, but at most so many; whether none is left. No run of its id can be
        made for a day after it was."""

    def due(self, now: str, limit: int) -> Sequence[RunState]:
        """Active runs whose check is due, the longest due first. May lag behind writes."""

    def set_check(self, run_id: str, checks: int, check_after: str) -> None: ...
