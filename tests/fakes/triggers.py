"""Triggers on a stage of their own: what they have taken in memory, runs that are only told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from fakes.samples import a_state, a_version, a_workflow
from fakes.secrets import FakeSecrets
from fakes.stores import FakeIdempotencyKeys
from fakes.workflows import FakeWorkflows
from fakes.world import FakeClock, FakeTell
from stepweave.api.uses.triggers import TriggerUses
from stepweave.domain.trigger import Held
from stepweave.errors import Conflict
from stepweave.services import hooks, signal_triggers
from stepweave.services.idempotency import claim
from stepweave.services.start import Started, StartRun
from stepweave.services.triggered_runs import TriggeredPorts
from stepweave.services.triggers import TriggerPorts, follow, take
from stepweave.services.workflow_changes import Changed


@dataclass
class FakeTriggers:
    records: dict[str, Held] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    hooks: dict[str, tuple[str, str]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    others: int = 0

    def held(self, workflow_id: str) -> Held:
        return self.records.get(workflow_id, Held(workflow_id))

    def hold(self, held: Held, *, check_after: str | None) -> bool:
        self.others -= 1
        if self.others >= 0 or self.held(held.workflow_id).rev != held.rev:
            return False
        self.records[held.workflow_id] = replace(held, rev=held.rev + 1)
        self.checks.pop(held.workflow_id, None)
        if check_after:
            self.checks[held.workflow_id] = check_after
        return True

    def due(self, now: str, limit: int) -> Sequence[str]:
        return sorted(each for each, after in self.checks.items() if after <= now)[:limit]

    def take_hook(self, slug: str, workflow_id: str, now: str) -> tuple[str, str]:
        return self.hooks.setdefault(slug, (workflow_id, now))

    def pass_hook(self, slug: str, owner: tuple[str, str], workflow_id: str, now: str) -> bool:
        if self.hooks.get(slug) != owner:
            return False
        self.hooks[slug] = workflow_id, now
        return True

    def hook(self, slug: str) -> str | None:
        return self.hooks.get(slug.lower(), (None, ""))[0]

    def release_hook(self, slug: str, workflow_id: str) -> None:
        if self.hook(slug) == workflow_id:
            del self.hooks[slug]

    def listen(self, name: str, workflow_id: str) -> None:
        if workflow_id not in self.names.setdefault(name, []):
            self.names[name].append(workflow_id)

    def silence(self, name: str, workflow_id: str) -> None:
        self.names[name] = [each for each in self.names.get(name, []) if each != workflow_id]

    def listeners(self, name: str, limit: int) -> Sequence[str]:
        return sorted(self.names.get(name, []))[:limit]


@dataclass
class FakeEventSources:
    """`refusal` is raised by `put` when it is set."""

    rules: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    refusal: Exception | None = None

    def put(self, workflow_id: str, position: str, pattern: Mapping[str, Any]) -> None:
        if self.refusal:
            raise self.refusal
        self.rules[workflow_id, position] = pattern

    def remove(self, workflow_id: str, position: str) -> None:
        self.rules.pop((workflow_id, position), None)


class TriggerStage:
    """Workflows with triggers; `started` tells of the runs."""

    def __init__(self) -> None:
        self.clock, self.tell = FakeClock(), FakeTell()
        self.triggers, self.sources, self.workflows = FakeTriggers(), FakeEventSources(), FakeWorkflows()
        self.keys, self.secrets = FakeIdempotencyKeys(), FakeSecrets({})
        self.started: list[tuple[str, StartRun]] = []
        self.refusal: Exception | None = None
        self.numbers = count(1)
        self.made: set[str] = set()
        allowed = frozenset({"shop"})
        self.ports = TriggerPorts(self.triggers, self.sources, self.workflows, allowed, self.clock, self.tell)
        self.triggered = TriggeredPorts(self.triggers, self.workflows, self.keys, self.start, self.clock, self.tell)

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{next(self.numbers)}"

    def start(self, caller: Any, workflow_id: str, request: StartRun) -> Started:
        """As the real one: claimed by its key, then made."""
        if self.refusal:
            raise self.refusal
        once = replace(request.once, scope=f"{request.once.scope}/{workflow_id}") if request.once else None
        claimed = claim(once, request.content(), self.new_id("run"), self.keys, self.clock())
        state = a_state(run_id=claimed.resource_id, workflow_id=workflow_id)
        if claimed.resource_id in self.made:
            return Started(state, replayed=True)
        self.made.add(claimed.resource_id)
        self.started.append((workflow_id, request))
        return Started(state)

    def stands(self, *triggers: Mapping[str, Any], workflow_id: str = "wf_1", by: Any = None) -> None:
        """The workflow gets a definition with those triggers, as creating and replacing it do."""
        definition = {"name": "x", "steps": [], "triggers": list(triggers)}
        found = self.workflows.get(workflow_id)
        before, number = (found.version, found.version.number + 1) if found else (None, 1)
        if by is not None:
            take(by, workflow_id, definition, before.definition if before else None, self.ports)
        workflow = a_workflow(id=workflow_id, version=number)
        version = a_version(workflow_id=workflow_id, number=number, definition=definition)
        self.workflows.workflows[workflow_id] = workflow
        self.workflows.versions[workflow_id, number] = version
        follow(Changed(workflow, version, found.workflow if found else None, replaced=before), self.ports)

    def uses(self, fail: Any = lambda: None) -> TriggerUses:
        def publish(*given: Any) -> str:
            fail()
            return signal_triggers.publish(*given, new_id=self.new_id, ports=self.triggered)

        def receive(*given: Any) -> hooks.Received:
            fail()
            return hooks.receive(*given, secrets=self.secrets, ports=self.triggered)

        return TriggerUses(publish=publish, receive=receive)


def not_runnable() -> Conflict:
    return Conflict("paused", code="workflow_not_runnable")
