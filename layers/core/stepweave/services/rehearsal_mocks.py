"""What stands in for the world in a rehearsal: the outputs and errors that the caller gives, else made-up ones."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stepweave.compiler.form import did_you_mean
from stepweave.domain.plan import BARE, Plan, PlanStep, waits_for_signal
from stepweave.domain.problem import pointer
from stepweave.errors import Fault, StepError
from stepweave.services.ports import Done, StepBody, StepContext, Wait

RETRY_CLASSES = ("timeout", "connection", "throttled", "server_error", "permanent")


@dataclass(frozen=True)
class MockError:
    """`kind`: the class by which `retry.on` knows it."""

    code: str
    message: str
    kind: str


@dataclass(frozen=True)
class Mock:
    """What a step does instead of its work: fails `times` times (None: always) when there is an error, then yields."""

    output: Any = None
    error: MockError | None = None
    times: int | None = None


MADE_UP: Mapping[str, Any] = {
    "http_request": {"status_code": 200, "headers": {}, "body": None},
    "webhook": {"status_code": 200, "delivery_id": "msg_rehearsal"},
    "script": {"exit_code": 0, "stdout": "", "stderr": "", "result": None},
    "agent_task": None,
    "signal": {},
    "wait": {"waited_seconds": 0},
}
"""Outputs of steps without a mock that would reach outside: the shape of success, with nothing in it.

Of waits, those for conditions alone: they look once, and go on whatever they find.
"""


def mock_faults(mocks: Mapping[str, Mock], plan: Plan) -> Iterator[Fault]:
    """What is wrong with the mocks of a definition, each with its place in the body."""
    for key, mock in mocks.items():
        step_id, at, position = key.partition("@")
        step = plan["steps"].get(step_id)
        if step is None:
            hint = did_you_mean(step_id, plan["steps"])
            yield Fault(pointer("mocks", key), f"The definition has no step '{step_id[:100]}'. {hint}".rstrip())
        elif at and not _names_item(position, step):
            message = f"A key with '@' names one item by its index: '{step_id}' is inside {len(step['loops'])} loops."
            yield Fault(pointer("mocks", key), message)
        elif step["type"] == "condition" and mock.error is None and _branch(mock) not in _branches(step):
            known = ", ".join(sorted(_branches(step)))
            message = f'A condition\'s output names the branch that it takes: {{"branch": ...}} with one of {known}.'
            yield Fault(pointer("mocks", key, "output"), message)


def _names_item(position: str, step: PlanStep) -> bool:
    """-> True for "0.3" of a step inside two loops"""
    parts = position.split(".")
    return len(parts) == len(step["loops"]) and all(part.isdecimal() for part in parts)


def _branches(step: PlanStep) -> set[str]:
    return {"else", *step["branches"]} | ({"then"} if "expression" in step["config"] else set())


def _branch(mock: Mock) -> Any:
    return mock.output.get("branch") if isinstance(mock.output, dict) else None


def played_plan(plan: Plan, mocks: Mapping[str, Mock]) -> Plan:
    """The plan of a rehearsal. A loop that is mocked whole has no iterations, and a wait for a signal is not parked:
    they are steps like any other."""
    return {**plan, "steps": {name: _played_step(step, mocks) for name, step in plan["steps"].items()}}


def _played_step(step: PlanStep, mocks: Mapping[str, Mock]) -> PlanStep:
    if step["type"] == "loop" and step["id"] in mocks:
        config = {name: value for name, value in step["config"].items() if name not in BARE["loop"]}
        return {**step, "type": "mocked loop", "config": config}
    return {**step, "type": "signal"} if waits_for_signal(step) else step


@dataclass
class Stage:
    """The bodies of a rehearsal. `key`: of the step run that is entered now; `noted`: takes what an attempt did."""

    mocks: Mapping[str, Mock]
    own: Mapping[str, StepBody]
    passes: Callable[[float], None]
    noted: Callable[[StepContext, str], None]
    key: str = ""
    assumed: dict[str, None] = field(default_factory=dict)

    def bodies(self) -> dict[str, StepBody]:
        return {kind: self._body(kind) for kind in (*MADE_UP, *self.own, "mocked loop")}

    def _body(self, kind: str) -> StepBody:
        def act(context: StepContext) -> Done | Wait:
            mock = self.mocks.get(self.key) or self.mocks.get(context.step_id)
            own = self.own.get(kind)
            if kind == "wait" and "condition" in context.raw:
                own = None
            self.noted(context, "mock" if mock else "itself" if own else "assumption")
            if mock is None and own is not None:
                outcome = own(context)
                self.passes(ATTEMPT_SECONDS)
                return outcome
            self.passes(ATTEMPT_SECONDS)
            if mock is None:
                if kind == "wait":
                    context.evaluate(context.raw["condition"])
                self.assumed[context.step_id] = None
                return Done(MADE_UP[kind])
            return _played(mock, context.attempt)

        return act


ATTEMPT_SECONDS = 0.001
"""What an attempt takes: something, so that what starts together has started before the first of it ends."""


def _played(mock: Mock, attempt: int) -> Done:
    error = mock.error
    if error is not None and (mock.times is None or attempt <= mock.times):
        raise StepError(error.code, error.message, kind=error.kind)
    return Done(mock.output, branch=_branch(mock))
