"""What may be done with runs; the comment names what each raises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.services.detailed_runs import DetailedRun
from stepweave.services.listing import ListQuery, RunFilters
from stepweave.services.ports import Page
from stepweave.services.runs import Whole
from stepweave.services.start import Started, StartRun
from stepweave.services.step_lists import StepQuery, StepRows

Shown = Mapping[str, Any]
"""A run as the contract shows it."""


@dataclass(frozen=True)
class RunUses:
    start: Callable[[Caller, str, StartRun], Started]  # NotFound, Conflict, Invalid, TooManyRequests
    is_over: Callable[[str], bool]
    page_of: Callable[[str | None, RunFilters, ListQuery], Page[dict[str, Any]]]  # NotFound, Invalid
    active: Callable[[int], Sequence[Shown]]  # the newest of all workflows
    detailed: Callable[[str], DetailedRun]  # NotFound
    page_of_detailed: Callable[[str | None, RunFilters, ListQuery], Page[DetailedRun]]  # NotFound, Invalid
    require_first: Callable[[str, str, str], None]  # NotFound, Invalid; of a workflow, a step, and what names it
    get: Callable[[str, str | None], Shown]  # NotFound; with where the API was reached, for who may decide
    steps: Callable[[str, StepQuery], StepRows]  # NotFound, Invalid
    input: Callable[[str], Whole]  # NotFound
    output: Callable[[str], Whole]  # NotFound
    step_output: Callable[[str, str], Whole]  # NotFound
