"""Use cases of direct executions over stores in memory: the real ones. Nothing does the work but `end`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

from fakes.direct import FakeDirectExecutions
from fakes.resources import FakeResources
from fakes.stores import FakeIdempotencyKeys, FakeValues
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.api.uses.direct import DirectUses
from stepweave.domain.direct_execution import DirectState, Kind, become, noted
from stepweave.domain.run import Fail
from stepweave.ids import new_id_factory
from stepweave.services.direct_executions import (
    Check,
    DirectPorts,
    DirectStartPorts,
    direct_state,
    get_direct,
    start_direct,
)
from stepweave.services.direct_targets import check_agent, check_target, check_task
from stepweave.services.moments import text_of


@dataclass
class DirectStage:
    """`does`: what becomes of an execution as soon as it is started: an output, a failure, or None for nothing yet."""

    executions: FakeDirectExecutions = field(default_factory=FakeDirectExecutions)
    values: FakeValues = field(default_factory=FakeValues)
    machines: FakeMachines = field(default_factory=FakeMachines)
    clock: FakeClock = field(default_factory=FakeClock)
    does: Any = "Hello."
    hold: float | None = None

    def uses(self, resources: FakeResources) -> DirectUses:
        arn = self.machines.ensure("direct", "{}")
        numbers = count(1)
        new_id = new_id_factory(lambda: int(self.clock().timestamp() * 1000), lambda _bits: next(numbers))
        checks: Mapping[Kind, Check] = {
            "agent": partial(check_agent, resources=resources),
            "task": partial(check_task, resources=resources),
        }
        going = DirectPorts(self.executions, self.machines, arn, self.clock, FakeTell())
        check = partial(check_target, checks=checks)
        ports = DirectStartPorts(going, self.values, FakeIdempotencyKeys(), check, new_id)

        def start(caller: Any, wanted: Any) -> Any:
            started = start_direct(caller, wanted, ports)
            if self.does is not None and not started.replayed:
                self.end(started.exec_id, self.does)
            return started

        return DirectUses(
            start=start,
            get=partial(get_direct, executions=self.executions, values=self.values),
            state=partial(direct_state, executions=self.executions),
            hold=self.hold,
        )

    def note(self, exec_id: str, kind: Any, **facts: Any) -> None:
        self._put(noted(self.executions.states[exec_id], kind, text_of(self.clock()), facts))

    def end(self, exec_id: str, outcome: Any) -> None:
        state, at = self.executions.states[exec_id], text_of(self.clock())
        if isinstance(outcome, Fail):
            self._put(replace(become(state, "failed", at), error=outcome))
        else:
            self._put(replace(become(state, "completed", at), output=self.values.store("out", outcome)))

    def _put(self, state: DirectState) -> None:
        was = self.executions.states[state.exec_id]
        assert self.executions.put(replace(state, writes=was.writes + 1), was=was)
