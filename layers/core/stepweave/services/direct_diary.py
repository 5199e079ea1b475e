"""What a direct execution tells while it is at work, and what it uses of models."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stepweave.domain.direct_execution import DirectState, NoteKind, noted
from stepweave.services.diary import shortened
from stepweave.services.masking import Mask
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock
from stepweave.services.ports.direct import DirectExecutions
from stepweave.services.signals import StepBusy


def write_direct(state: DirectState, *, was: DirectState, executions: DirectExecutions) -> DirectState:
    """Writes a state over that which stands there; `StepBusy` if another has written meanwhile: then this invocation
    has no say any more."""
    written = replace(state, writes=was.writes + 1)
    if not executions.put(written, was=was):
        raise StepBusy
    return written


class DirectDiary:
    """`state`: the execution as it stands in the store, but for the usage since."""

    def __init__(self, state: DirectState, mask: Mask, executions: DirectExecutions, clock: Clock) -> None:
        self._stored, self._usage = state, state.usage
        self._mask, self._executions, self._clock = mask, executions, clock

    @property
    def stored(self) -> DirectState:
        return self._stored

    @property
    def state(self) -> DirectState:
        return replace(self._stored, usage=self._usage)

    def log(self, message: str, facts: Mapping[str, Any]) -> None:
        """Written at once."""
        told = shortened(self._mask.value({"message": message, **facts}))
        state = noted(self.state, _kind(facts), text_of(self._clock()), told)
        self._stored = write_direct(state, was=self._stored, executions=self._executions)

    def spend(self, model: str, input_tokens: int, output_tokens: int) -> None:
        used = self._usage.get(model, {})
        more = {"requests": 1, "input_tokens": input_tokens, "output_tokens": output_tokens}
        self._usage = {**self._usage, model: {name: used.get(name, 0) + count for name, count in more.items()}}


def _kind(facts: Mapping[str, Any]) -> NoteKind:
    """By what `steps.agent_loop` tells: of a reply its model, of a call its tool."""
    if "tool" in facts:
        return "tool"
    return "model" if "model" in facts else "log"
