"""The API around use cases that keep everything in memory, called as an ASGI application without a server."""

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from fastapi import FastAPI

from fakes.direct_uses import DirectStage
from fakes.events import fake_event_uses
from fakes.keys import KeyStage
from fakes.resource_uses import ResourceStage
from fakes.schedule_stage import fake_schedule_uses
from fakes.signals import LINKS, fake_signal_uses
from fakes.templates import fake_template_uses
from fakes.triggers import TriggerStage
from fakes.workflows import FakeWorkflows
from stepweave.api.app import create_app
from stepweave.api.surface import Shared, Surfaces
from stepweave.api.use_cases import UseCases
from stepweave.api.uses.control import ControlUses
from stepweave.api.uses.rehearsals import RehearsalUses
from stepweave.api.uses.runs import RunUses
from stepweave.api.uses.transfer import TransferUses
from stepweave.api.uses.versions import VersionUses
from stepweave.api.uses.workflows import WorkflowUses
from stepweave.bootstrap.rehearsal_uses import rehearsal_ports
from stepweave.domain.api_key import ApiKey, Caller, secret_hash
from stepweave.domain.problem import Problem
from stepweave.domain.rate_limit import Allowance
from stepweave.domain.run import Intent, RunState
from stepweave.domain.workflow import Version, VersionNote, Workflow
from stepweave.errors import Conflict, Fault, Invalid, NotFound, Unauthenticated
from stepweave.services.approval_links import Approval
from stepweave.services.bulk_cancel import Cancelled, CancelRuns
from stepweave.services.census import Census
from stepweave.services.detailed_runs import DetailedRun
from stepweave.services.listing import ListQuery, RunFilters, WorkflowFilters
from stepweave.services.named_workflows import Put, PutPorts, list_by_name, put_workflow
from stepweave.services.ports import NamedPage, Page
from stepweave.services.preconditions import IfMatch, require
from stepweave.services.problems import faults_of
from stepweave.services.rehearsal import Rehearsal, rehearse_definition
from stepweave.services.resume import Resume
from stepweave.services.runs import Whole
from stepweave.services.start import Started, StartRun
from stepweave.services.step_lists import StepQuery, StepRows
from stepweave.services.transfer import Document, Imported, OnConflict
from stepweave.services.versions import Difference, Rollback
from stepweave.services.workflow_creation import Created
from stepweave.services.workflow_deletion import DeleteWorkflow
from stepweave.services.workflow_replacement import ReplaceWorkflow
from stepweave.services.workflow_status import SetStatus
from stepweave.services.workflows import CreateWorkflow

NOW = "2026-11-02T14:00:00.000Z"
STORED = {"name": "Stored", "steps": [{"id": "a", "type": "wait", "config": {"seconds": 1}}]}
PLANNED: Any = {
    "a": {"type": "agent_task", "config": {"agent_id": "writer", "action": "sum", "with": {"n": 1}}, "loops": []},
    "each": {"type": "loop", "config": {"items": "[1]"}, "loops": []},
    "b": {"type": "script", "config": {"source": "true"}, "loops": ["each"]},
}
"""What the plan says of the steps of each run."""
KEYS = {"sw_reader": "read", "sw_writer": "write", "sw_admin": "admin"}


class Service:
    """Use cases over dictionaries; `failure`, when set, is raised by all but `authenticate`."""

    def __init__(self) -> None:
        self.workflows: dict[str, tuple[Workflow, Version]] = {}
        self.runs: dict[str, dict[str, Any]] = {}
        self.created: list[CreateWorkflow] = []
        self.imported: list[tuple[Document, OnConflict]] = []
        self.started: list[StartRun] = []
        self.resumed: list[Resume] = []
        self.cancelled: list[CancelRuns] = []
        self.listed: list[ListQuery] = []
        self.run_filters: list[RunFilters] = []
        self.filters: list[WorkflowFilters] = []
        self.replaced: list[ReplaceWorkflow] = []
        self.deleted: list[DeleteWorkflow] = []
        self.keys: set[str] = set()
        self.validated: list[object] = []
        self.failure: Exception | None = None
        self.failed_login: Exception | None = None
        self.left: Allowance | None = None
        self.link: str | None = None
        self.replayed = False
        self.looks_until_over = 0
        self.shown_from: list[str | None] = []
        self.step_queries: list[StepQuery] = []
        self.triggers = TriggerStage()
        self.resources = ResourceStage()
        self.api_keys = KeyStage()
        for text, role in KEYS.items():
            self.api_keys.add(ApiKey(f"key_{text}", role, role, secret_hash(text), NOW))  # type: ignore[arg-type]
        self.direct = DirectStage()

    def rehearsals(self) -> RehearsalUses:
        """The real ones: they reach nothing outside. A workflow that cannot be compiled is taken for another."""
        ports = rehearsal_ports(lambda kind: f"{kind}_1")

        def rehearse_workflow(ref: str, request: Rehearsal) -> Mapping[str, Any]:
            definition = self.get_workflow(ref)[1].definition
            return rehearse_definition(definition if definition.get("steps") else STORED, request, ports)

        return RehearsalUses(
            definition=lambda definition, request: rehearse_definition(definition, request, ports),
            workflow=rehearse_workflow,
        )

    def use_cases(self) -> UseCases:
        workflows = WorkflowUses(
            create=self.create_workflow,
            get=self.get_workflow,
            name=self.name_of,
            named=self.list_by_name,
            put=self.put_workflow,
            page=self.list_workflows,
            replace=self.replace_workflow,
            set_status=self.set_status,
            delete=self.delete_workflow,
            validate=self.validate_definition,
            draw_definition=self.draw_definition,
            draw=lambda ref, form: self.draw_definition(self.get_workflow(ref)[1].definition, form),
        )
        versions = VersionUses(
            page_of=self.list_versions, get=self.get_version, compare=self.compare, roll_back=self.roll_back
        )
        runs = RunUses(
            start=self.start_run,
            is_over=self.is_over,
            page_of=self.list_runs,
            active=lambda limit: [*reversed(self.runs.values())][:limit],
            detailed=self.detailed_run,
            page_of_detailed=self.list_detailed_runs,
            require_first=self.require_first,
            get=self.show_run,
            steps=self.list_steps,
            input=lambda run_id: Whole(self.get_run(run_id)["input_data"]),
            output=lambda run_id: Whole(self.get_run(run_id)["output"], self.link),
            step_output=lambda run_id, key: Whole({"run": run_id, "key": key}),
        )
        control = ControlUses(
            cancel=lambda caller, run_id: self.stop_run(caller, run_id, "cancel"),
            pause=lambda caller, run_id: self.stop_run(caller, run_id, "pause"),
            resume=self.resume_run,
            delete=self.delete_run,
            cancel_many=self.cancel_runs,
        )
        templates = fake_template_uses(lambda caller, request: self.create_workflow(caller, request)[0], self._fail)
        return UseCases(
            census=lambda: Census({"active": 2, "paused": 0}, 3),
            authenticate=self.authenticate,
            workflows=workflows,
            versions=versions,
            runs=runs,
            control=control,
            templates=templates,
            rehearsals=self.rehearsals(),
            signals=fake_signal_uses(self._fail),
            events=fake_event_uses(self.get_run),
            transfer=TransferUses(take=self.import_workflow),
            triggers=self.triggers.uses(self._fail),
            resources=self.resources.uses(),
            workflow_files=self.resources.workflow_file_uses(),
            keys=self.api_keys.uses(self._fail),
            direct=self.direct.uses(self.resources.resources),
            schedules=fake_schedule_uses(self._fail, self.get_workflow, datetime(2026, 11, 2, 14, tzinfo=UTC)),
        )

    def _fail(self) -> None:
        if self.failure:
            raise self.failure

    def authenticate(self, text: str) -> Caller:
        if self.failed_login:
            raise self.failed_login
        if text not in KEYS:
            raise Unauthenticated("The API key is unknown or revoked.")
        return Caller(f"key_{text}", KEYS[text], self.left)  # type: ignore[arg-type]

    def name_of(self, workflow_id: str) -> str:
        known = self.workflows.get(workflow_id)
        return (known and known[0].slug) or workflow_id

    def create_workflow(self, caller: Caller, request: CreateWorkflow) -> Created:
        self._fail()
        problems = self.validate_definition(request.definition)
        if problems:
            raise Invalid(faults_of(problems, "/definition"), code="definition_invalid")
        if request.slug in self.workflows:
            raise Conflict(f"The slug '{request.slug}' is taken.", code="slug_taken")
        workflow = Workflow(
            id=f"wf_{len(self.created):026}",
            name=request.definition["name"],
            version=1,
            status=request.status,
            trigger_type=request.trigger_type,
            created_at=NOW,
            updated_at=NOW,
            created_by=caller.key_id,
            updated_by=caller.key_id,
            slug=request.slug,
            tags=request.tags or (),
        )
        self.created.append(request)
        stored = Created(
            workflow,
            Version(workflow.id, 1, request.definition, "Initial version", NOW, caller.key_id),
            replayed=request.once is not None and request.once.key in self.keys,
        )
        if request.once:
            self.keys.add(request.once.key)
        self._keep(stored.workflow, stored.version)
        return stored

    def _keep(self, workflow: Workflow, version: Version) -> tuple[Workflow, Version]:
        for ref in filter(None, (workflow.id, workflow.slug)):
            self.workflows[ref] = workflow, version
        return workflow, version

    def replace_workflow(self, caller: Caller, ref: str, request: ReplaceWorkflow) -> tuple[Workflow, Version]:
        workflow, version = self.get_workflow(ref)
        require(request.if_match, workflow)
        self.replaced.append(request)
        changed = replace(workflow, version=workflow.version + 1, rev=workflow.rev + 1, updated_by=caller.key_id)
        return self._keep(changed, replace(version, number=changed.version, definition=request.definition))

    def set_status(self, caller: Caller, ref: str, request: SetStatus) -> tuple[Workflow, Version]:
        workflow, version = self.get_workflow(ref)
        require(request.if_match, workflow)
        changed = replace(workflow, status=request.status, rev=workflow.rev + 1, updated_by=caller.key_id)
        return self._keep(changed, version)

    def delete_workflow(self, caller: Caller, ref: str, request: DeleteWorkflow) -> None:
        workflow, _ = self.get_workflow(ref)
        require(request.if_match, workflow)
        self.deleted.append(request)
        self.workflows = {each: one for each, one in self.workflows.items() if one[0].id != workflow.id}

    def list_by_name(self, prefix: str, limit: int, cursor: str | None) -> NamedPage:
        self._fail()
        return list_by_name(prefix, limit, cursor, workflows=self._in_memory())

    def put_workflow(self, caller: Caller, ref: str, definition: Mapping[str, Any], expected: IfMatch) -> Put:
        self._fail()
        ports = PutPorts(self._in_memory(), self.create_workflow, self.replace_workflow)
        return put_workflow(caller, ref, definition, expected, ports)

    def _in_memory(self) -> FakeWorkflows:
        stored = FakeWorkflows()
        for workflow, version in self.workflows.values():
            stored.workflows[workflow.id] = workflow
            stored.versions[workflow.id, workflow.version] = version
            stored.slugs |= {workflow.slug: workflow.id} if workflow.slug else {}
        return stored

    def list_versions(self, ref: str, query: ListQuery) -> Page[VersionNote]:
        _, version = self.get_workflow(ref)
        self.listed.append(query)
        note = VersionNote(version.number, version.change_summary, version.created_at, version.created_by)
        return Page([note], 1, None)

    def get_version(self, ref: str, number: int) -> Version:
        _, version = self.get_workflow(ref)
        if number != version.number:
            raise NotFound("version", str(number))
        return version

    def compare(self, ref: str, v1: int, v2: int) -> Difference:
        _, version = self.get_workflow(ref)
        other = {**version.definition, "description": "New"}
        operations = [{"op": "add", "path": "/description", "value": "New"}]
        pair = replace(version, number=v1), replace(version, number=v2, definition=other)
        return Difference(*pair, operations, "Changed description")

    def roll_back(self, caller: Caller, ref: str, request: Rollback) -> tuple[Workflow, Version]:
        definition = self.get_version(ref, request.version).definition
        return self.replace_workflow(caller, ref, ReplaceWorkflow(definition, if_match=request.if_match))

    def import_workflow(self, caller: Caller, document: Document, on_conflict: OnConflict) -> Imported:
        self.imported.append((document, on_conflict))
        request = CreateWorkflow(document.definition, slug=document.slug)
        return Imported(self.create_workflow(caller, request)[0], "created")

    def get_workflow(self, ref: str) -> tuple[Workflow, Version]:
        self._fail()
        if ref not in self.workflows:
            raise NotFound("workflow", ref)
        return self.workflows[ref]

    def list_workflows(self, filters: WorkflowFilters, query: ListQuery) -> Page[Workflow]:
        self._fail()
        self.listed.append(query)
        self.filters.append(filters)
        rows = [workflow for workflow, _ in self.workflows.values()]
        return Page(rows, len(rows), None)

    def draw_definition(self, definition: object, form: str) -> str:
        problems = self.validate_definition(definition)
        if problems:
            raise Invalid(faults_of(problems, "/definition"), code="definition_invalid")
        return f"{form} of {definition['name']}"  # type: ignore[index]

    def validate_definition(self, definition: object) -> list[Problem]:
        self._fail()
        self.validated.append(definition)
        if not isinstance(definition, dict):
            return [Problem("not_an_object", "", "A definition is a JSON object", "Send it under `definition`.")]
        if not isinstance(definition.get("name"), str):
            return [Problem("missing", "/name", "Field required")]
        return []

    def start_run(self, caller: Caller, ref: str, request: StartRun) -> Started:
        self._fail()
        workflow, _ = self.get_workflow(ref)
        self.started.append(request)
        run_id = f"run_{len(self.started):026}"
        times = {"started_at": NOW, "completed_at": NOW, "duration_seconds": 0, "duration_ms": 0}
        self.runs[run_id] = {
            "id": run_id,
            "workflow_id": workflow.id,
            "workflow_version": 1,
            "status": "completed",
            "trigger": request.trigger,
            "input_data": request.input_data,
            "output": {"by": caller.key_id},
            "error": None,
            "labels": request.labels,
            "run_at": None,
            "created_at": NOW,
            **times,
            "step_runs": [
                {"step_id": "a", "status": "completed", "output": 1, "error": None, "attempt": 1, **times},
                {
                    "step_id": "b",
                    "iteration": "0",
                    "status": "failed",
                    "output": None,
                    "output_url": f"/api/workflows/runs/{run_id}/steps/b@0/output",
                    "error": {"code": "timeout", "message": "It took too long.", "details": {}},
                    "attempt": 3,
                    **times,
                },
            ],
        }
        return Started(RunState(run_id, workflow.id, 1, "arn", "plan", "queued"), self.replayed, NOW)

    def list_runs(self, ref: str | None, filters: RunFilters, query: ListQuery) -> Page[Mapping[str, Any]]:
        self._fail()
        workflow_id = self.get_workflow(ref)[0].id if ref is not None else None
        self.run_filters.append(filters)
        self.listed.append(query)
        found = [run for run in self.runs.values() if workflow_id in (None, run["workflow_id"])]
        rows = [{name: value for name, value in run.items() if name != "step_runs"} for run in found]
        return Page(rows, len(rows), "next")

    def detailed_run(self, run_id: str) -> DetailedRun:
        return DetailedRun(self.get_run(run_id), PLANNED)

    def list_detailed_runs(self, ref: str | None, filters: RunFilters, query: ListQuery) -> Page[DetailedRun]:
        found = self.list_runs(ref, filters, query)
        return Page([self.detailed_run(row["id"]) for row in found.rows], found.total, found.next_cursor)

    def require_first(self, ref: str, step_id: str, at: str) -> None:
        self.get_workflow(ref)
        if step_id != "a":
            raise Invalid([Fault(at, "is not the first")])

    def stop_run(self, caller: Caller, run_id: str, kind: Literal["cancel", "pause"]) -> RunState:
        workflow_id = self.get_run(run_id)["workflow_id"]
        return RunState(run_id, workflow_id, 1, "arn", "plan", "running", intent=Intent(kind, NOW, caller.key_id))

    def resume_run(self, run_id: str, request: Resume) -> RunState:
        self.resumed.append(request)
        return RunState(run_id, self.get_run(run_id)["workflow_id"], 1, "arn", "plan", "queued")

    def delete_run(self, run_id: str) -> None:
        self.get_run(run_id)
        del self.runs[run_id]

    def cancel_runs(self, _caller: Caller, ref: str, request: CancelRuns) -> Cancelled:
        self.get_workflow(ref)
        self.cancelled.append(request)
        return Cancelled(sorted(self.runs), "next")

    def is_over(self, run_id: str) -> bool:
        self.looks_until_over -= 1
        return self.looks_until_over < 0

    def list_steps(self, run_id: str, query: StepQuery) -> StepRows:
        self.step_queries.append(query)
        return StepRows(list(self.get_run(run_id)["step_runs"]), "next")

    def show_run(self, run_id: str, base: str | None) -> Mapping[str, Any]:
        self.shown_from.append(base)
        return self.get_run(run_id)

    def get_run(self, run_id: str) -> Mapping[str, Any]:
        self._fail()
        if run_id not in self.runs:
            raise NotFound("run", run_id)
        return self.runs[run_id]


class Lines:
    """A log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, object, dict[str, object]]] = []

    def info(self, msg: object, *, extra: Mapping[str, object]) -> None:
        self.lines.append(("info", msg, dict(extra)))

    def exception(self, msg: object, *, extra: Mapping[str, object]) -> None:
        self.lines.append(("exception", msg, dict(extra)))


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def log() -> Lines:
    return Lines()


@pytest.fixture
def app(service: Service, log: Lines) -> Surfaces:
    numbers, ticks = itertools.count(1), itertools.count()
    return create_app(
        Shared(
            service.use_cases(),
            new_id=lambda prefix: f"{prefix}_{next(numbers)}",
            log=log,
            clock=lambda: next(ticks) / 8,
        )
    )


@pytest.fixture
def call(app: Surfaces) -> Iterator[Callable[..., Answer]]:
    """`call("POST", "/api/workflows?x=1", key="sw_writer", json={...})`; `chunks` is a body without Content-Length."""
    with asyncio.Runner() as runner:

        def send_request(
            method: str,
            target: str,
            *,
            key: str | None = "sw_admin",
            json: object = None,
            body: bytes = b"",
            chunks: list[bytes] | None = None,
            headers: Mapping[str, str] | None = None,
        ) -> Answer:
            if json is not None:
                body = _dumps(json)
            sent = {"host": "test", **({"authorization": f"Bearer {key}"} if key else {}), **(headers or {})}
            if chunks is None:
                sent.setdefault("content-length", str(len(body)))
            path, _, query = target.partition("?")
            scope = {
                "type": "http",
                "http_version": "1.1",
                "method": method,
                "scheme": "http",
                "path": path,
                "raw_path": path.encode(),
                "query_string": query.encode(),
                "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent.items()],
                "server": ("test", 80),
            }
            return runner.run(_exchange(app, scope, [body] if chunks is None else chunks or [b""]))

        yield send_request


def _dumps(value: object) -> bytes:
    return json.dumps(value).encode()


async def _exchange(app: FastAPI, scope: dict[str, Any], chunks: list[bytes]) -> Answer:
    pending, answer = list(chunks), Answer(0)

    async def receive() -> dict[str, Any]:
        if not pending:
            await asyncio.Future()  # the client waits for the answer
        chunk = pending.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(pending)}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer


@pytest.fixture
def stored(call: Callable[..., Answer], service: Service) -> dict[str, str]:
    """Ids of a workflow and of a run of it."""
    workflow = call("POST", "/api/workflows", json={"definition": STORED}).json["id"]
    schedule = call("POST", f"/api/workflows/{workflow}/schedules", json={"rate": "1h"})
    service.triggers.stands({"type": "webhook", "slug": "orders"})
    return {
        "slug": "orders",
        "workflow_id": workflow,
        "run_id": call("POST", f"/api/workflows/{workflow}/run").json["run_id"],
        "key": "a",
        "version": "1",
        "schedule_id": schedule.json["schedule_id"],
        "key_id": call("POST", "/api/keys", json={"name": "ci", "role": "read"}).json["key"]["id"],
        "token": LINKS.token(Approval("run_1", "ask")),
        "template_id": call("POST", "/api/workflows/templates", json={"definition": STORED}).json["id"],
    }
