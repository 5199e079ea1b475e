"""An agent's step on its own: real requests to a server in the test, nothing of AWS."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from fakes.resources import FakeResources
from model_server import ModelServer, model_server
from stepweave.compiler.expressions import evaluate, render
from stepweave.domain.reference import Ref
from stepweave.domain.resource import Resource
from stepweave.services.ports import Done, Filled, StepContext
from stepweave.services.ports.subruns import Outcome, Subrun
from stepweave.steps.address import parse_allowed_hosts
from stepweave.steps.agent_task import AgentPorts, agent_task
from stepweave.steps.chat_completions import ChatCompletions
from stepweave.steps.mcp_stdio import StdioPeer
from stepweave.steps.transport import GuardedTransport
from stepweave.steps.workflow_tool import RunCalls

NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as one:
        yield one


@dataclass
class Desk:
    """Asks one agent; keeps what it told, spent and started. Time passes only in pauses."""

    server: ModelServer
    agent: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    scope: dict[str, Any] = field(default_factory=lambda: {"input": {}, "run": {"id": "run_1", "labels": {}}})
    logged: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    spent: list[tuple[str, int, int]] = field(default_factory=list)
    concealed: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    started: list[Subrun] = field(default_factory=list)
    cancelled: list[tuple[str, Subrun]] = field(default_factory=list)
    outcomes: list[Outcome | None] = field(default_factory=list)
    stored_tools: dict[str, Any] = field(default_factory=dict)
    bedrock: Any = None
    processes: Any = StdioPeer
    now: float = 0.0

    def ask(self, config: Mapping[str, Any] | None = None, **changed: Any) -> Any:
        agents = FakeResources()
        model = {"config": {"provider": "test", "model": "m-1", "api_url": f"{self.server.url}/v1"}}
        content = {"model": model, **self.agent}
        agents.stored[Ref("agent", "writer")] = Resource("agent", "writer", content, "e", "t", "t")
        for name, tool in self.stored_tools.items():
            agents.stored[Ref("tool", name)] = Resource("tool", name, tool, "e", "t", "t")
        whole = {"agent_id": "writer", "goal": "Say hello.", **(config or {})}
        wanted = {name: value for name, value in whole.items() if value is not None}
        done = agent_task(self._ports(agents))(self._context(wanted, changed))
        assert isinstance(done, Done)
        return done.output

    def _ports(self, agents: FakeResources) -> AgentPorts:
        transport = GuardedTransport(parse_allowed_hosts(self.server.host))
        runs = RunCalls(self._start, lambda _: self.outcomes.pop(0), self._cancel, self._sleep, lambda: self.now)
        chat = ChatCompletions(transport, lambda: NOW)
        return AgentPorts(
            agents, chat, self.bedrock, transport, runs, self.processes, self._sleep, lambda: 0.5, lambda: self.now
        )

    def _context(self, config: Mapping[str, Any], changed: Mapping[str, Any]) -> StepContext:
        plain: dict[str, Any] = {
            "run_id": "run_1",
            "workflow_id": "wf_1",
            "step_id": "ask",
            "config": config,
            "raw": config,
            "evaluate": lambda expression: evaluate(expression, self.scope),
            "env": {"TEAM": "blue"},
            "timeout_seconds": 60.0,
            "idempotency_key": "run_1:ask",
            "attempt": 1,
            "first_entered": NOW,
            "now": NOW,
            "conceal": self.concealed.append,
            "masked": self._masked,
            "fill": self._fill,
            "log": lambda message, facts: self.logged.append((message, facts)),
            "spend": lambda *used: self.spent.append(used),
        }
        return StepContext(**{**plain, **changed})

    def _fill(self, value: Any, scope: Mapping[str, Any]) -> Filled:
        values = {name: secret for name, (secret, _) in self.secrets.items()}
        used = [name for name in self.secrets if f"secrets.{name}" in str(value)]
        hosts = tuple(self.secrets[name][1] for name in used if self.secrets[name][1])
        return Filled(render(value, {**scope, "secrets": values}), hosts)

    def _masked(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._masked(each) for name, each in value.items()}
        text = value
        for secret, _ in self.secrets.values():
            text = text.replace(secret, "********") if isinstance(text, str) else text
        return text

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def _start(self, wanted: Subrun) -> str:
        self.started.append(wanted)
        return f"run_{len(self.started) + 1}"

    def _cancel(self, run_id: str, wanted: Subrun) -> None:
        self.cancelled.append((run_id, wanted))


@pytest.fixture
def desk(server: ModelServer) -> Desk:
    server.tools = {}
    server.says("nobody told the model what to say")
    return Desk(server)


MakeDesk = Callable[[], Desk]
