"""What an attempt tells while it is at work: messages as events of the run, and what it has used of models."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stepweave.domain.run import StepRun
from stepweave.services.masking import Mask
from stepweave.services.records import tell, write
from stepweave.services.visits import Visit

TOLD_CHARACTERS = 500
"""Of a text in an event."""
TOLD_SIZE = 2_400
"""Of an event: a record tells up to 100 of them beside an output of 100 KB, and an item holds 400 KB (DynamoDB)."""
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
        whole = tell(self._visit, self.record, "log", facts=shortened(self._mask.value(told)))
        self._stored = write(self._visit, whole, was=self._stored)

    def spend(self, model: str, input_tokens: int, output_tokens: int) -> None:
        used = self._usage.get(model, {})
        more = {"requests": 1, "input_tokens": input_tokens, "output_tokens": output_tokens}
        self._usage = {**self._usage, model: {name: used.get(name, 0) + count for name, count in more.items()}}


def shortened(told: Mapping[str, Any]) -> dict[str, Any]:
    """What an event has room for of that, in `TOLD_SIZE` characters of JSON; "..." stands for what is left out."""
    return _Room(TOLD_SIZE).members(told)


class _Room:
    def __init__(self, characters: int) -> None:
        self._left = characters

    def members(self, value: Mapping[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, each in value.items():
            if self._left <= 0 or len(kept) == _MOST_ITEMS:
                return kept | {"...": len(value) - len(kept)}
            kept[self._text(name)] = self._of(each)
        return kept

    def _of(self, value: Any) -> Any:
        match value:
            case str():
                return self._text(value)
            case Mapping():
                return self.members(value)
            case list() | tuple():
                return self._items(value)
            case _:
                self._left -= len(json.dumps(value)) + 1
                return value

    def _items(self, value: Sequence[Any]) -> list[Any]:
        kept: list[Any] = []
        for each in value:
            if self._left <= 0 or len(kept) == _MOST_ITEMS:
                return [*kept, "..."]
            kept.append(self._of(each))
        return kept

    def _text(self, value: str) -> str:
        fits = min(TOLD_CHARACTERS, max(self._left, 0))
        text = value if len(value) <= fits else f"{value[:fits]}..."
        if (size := len(json.dumps(text))) > self._left:
            # A character may take twelve of JSON: a pair of escapes.
            text = f"{value[: max(self._left, 0) // 12]}..."
            size = len(json.dumps(text))
        self._left -= size + 2
        return text
