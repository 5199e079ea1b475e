"""What an attempt tells while it is at work: messages as events of the run, and what it has used of models."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stepweave.domain.run import StepRun
from stepweave.services.masking import Mask
from stepweave.services.records import tell, write
from stepweave.services.visits import Visit

TOLD_CHARACTERS = 500
"""Of a text in an event: a record tells up to 100 events, and an item holds 400 KB."""
_MOST_ITEMS = 20


class Diary:
    """`record`: the step run as it stands in the store, but for the usage since."""

    def __init__(self, visit: Visit, record: StepRun, mask: Mask) -> None:
        self._visit = visit
        self._mask = mask
        self._stored = record
        self._usage: Mapping[str, Mapping[str, int]] = record.usage

    @property
    def stored(self) -> StepRun:
        return self._stored

    @property
    def record(self) -> StepRun:
        return replace(self._stored, usage=self._usage)

    def log(self, message: str, facts: Mapping[str, Any]) -> None:
        """Written at once. `StepBusy` when another has taken the step over: then this attempt is of no account."""
        told = {"level": "info", "message": message, **facts}
        whole = tell(self._visit, self.record, "log", facts=_short(self._mask.value(told)))
        self._stored = write(self._visit, whole, was=self._stored)

    def spend(self, model: str, input_tokens: int, output_tokens: int) -> None:
        used = self._usage.get(model, {})
        more = {"requests": 1, "input_tokens": input_tokens, "output_tokens": output_tokens}
        self._usage = {**self._usage, model: {name: used.get(name, 0) + count for name, count in more.items()}}


def _short(value: Any) -> Any:
    match value:
        case str():
            return value if len(value) <= TOLD_CHARACTERS else f"{value[:TOLD_CHARACTERS]}..."
        case Mapping():
            return {name[:TOLD_CHARACTERS]: _short(each) for name, each in list(value.items())[:_MOST_ITEMS]}
        case list() | tuple():
            return [_short(each) for each in value[:_MOST_ITEMS]]
        case _:
            return value
