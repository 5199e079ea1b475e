"""The pages on step types: what each has to say, and its examples, run as they are written."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from definitions import definition, request, script
from fakes.resources import FakeResources
from stepweave.compiler.expressions import render
from stepweave.domain.reference import Ref
from stepweave.domain.resource import Resource
from stepweave.domain.step import STEP_TYPES
from stepweave.services.ports import Done, Filled, StepContext
from stepweave.services.ports.models import Question, Reply
from stepweave.services.rehearsal import Rehearsal, RehearsalPorts, rehearse_definition
from stepweave.services.rehearsal_mocks import Mock
from stepweave.steps.agent_task import AgentPorts, agent_task
from stepweave.steps.condition import condition
from stepweave.steps.http_request import http_request
from stepweave.steps.script import script as script_body
from stepweave.steps.script_runner import LocalScripts
from stepweave.steps.transport import Request, Response
from stepweave.steps.wait import wait
from stepweave.steps.webhook import webhook
from stepweave.steps.workflow_tool import RunCalls

DOCS = Path(__file__).parents[3] / "docs" / "steps"
PAGES = {page.stem: page.read_text() for page in sorted(DOCS.glob("*.md"))}
EXAMPLES: Mapping[str, Any] = {
    f"{name}-{index}": json.loads(text)
    for name, page in PAGES.items()
    for index, text in enumerate(re.findall(r"```json\n(.*?)```", page, re.DOTALL))
}
SCOPE = {
    "input": {"team": "blue", "title": "Broken", "order": 7, "ticket": "I was charged twice."},
    "secrets": {"tickets_token": "t0ken", "shop_hook": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    "steps": {"fetch": {"output": {"body": {"items": [1, 2, 3]}}}},
}

played = pytest.mark.parametrize


@pytest.mark.parametrize("name", STEP_TYPES)
def test_a_page_has_an_example_a_table_of_its_config_and_tells_output_errors_and_limits(name: str) -> None:
    page = PAGES[name]
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert [each for each in headings if each in ("Output", "Errors", "Limits")] == ["Output", "Errors", "Limits"]
    assert re.search(r"^\| config\b.*\|$", page, re.MULTILINE)
    assert f"{name}-0" in EXAMPLES


def test_every_example_is_run_by_a_test_of_this_file() -> None:
    source = Path(__file__).read_text()
    assert [name for name in EXAMPLES if f'"{name}"' not in source] == []


# Alone, by what does them ---------------------------------------------------------------------------------------------


@dataclass
class Taken:
    """Takes every request with 201."""

    requests: list[Request] = field(default_factory=list)

    def send(self, request: Request, timeout_seconds: float) -> Response:
        self.requests.append(request)
        return Response(201, {"content-type": "application/json"}, b'{"id": 1}', "https://taken.example")


@dataclass
class Decided:
    """A model that always says the same."""

    text: str
    asked: list[Question] = field(default_factory=list)

    def reply(self, question: Question) -> Reply:
        self.asked.append(question)
        return Reply(self.text)


Alone = Callable[..., StepContext]


@pytest.fixture
def alone(make_context: Callable[..., StepContext]) -> Alone:
    def read(name: str, **changed: Any) -> StepContext:
        return make_context(render(EXAMPLES[name]["config"], SCOPE), **changed)

    return read


def output(done: Any) -> Any:
    assert isinstance(done, Done)
    return done.output


def test_an_http_request(alone: Alone) -> None:
    server = Taken()
    done = output(http_request(server)(alone("http_request-0")))
    assert done == {"status_code": 201, "headers": {"content-type": "application/json"}, "body": {"id": 1}}
    [sent] = server.requests
    assert (sent.method, sent.url) == ("POST", "https://api.example.com/tickets?notify=true")
    assert (sent.headers["X-Team"], sent.headers["Authorization"]) == ("blue", "Bearer t0ken")
    assert json.loads(sent.body or b"") == {"title": "Broken"}


def test_a_webhook(alone: Alone) -> None:
    server = Taken()
    done = output(webhook(server)(alone("webhook-0")))
    [sent] = server.requests
    assert done == {"status_code": 201, "delivery_id": sent.headers["webhook-id"]}
    assert json.loads(sent.body or b"") == {"type": "order.paid", "data": {"order": 7}}
    assert sent.headers["webhook-signature"].startswith("v1,")


def test_a_script(alone: Alone) -> None:
    done = output(script_body(LocalScripts())(alone("script-0")))
    assert done == {"exit_code": 0, "stdout": "", "stderr": "", "result": {"total": 3}}


def test_an_agent_task(alone: Alone) -> None:
    model, agents = Decided('{"team": "billing", "why": "It is about money."}'), FakeResources()
    config = {"provider": "test", "model": "m-1", "api_url": "https://models.example/v1"}
    agents.stored[Ref("agent", "triage")] = Resource("agent", "triage", {"model": {"config": config}}, "e", "t", "t")
    nothing: Any = None
    runs = RunCalls(nothing, nothing, nothing, nothing, lambda: 0.0)
    ports = AgentPorts(agents, model, None, Taken(), runs, None, nothing, lambda: 0.5, lambda: 0.0)
    context = alone("agent_task-0", evaluate=lambda _: "", fill=lambda value, scope: Filled(render(value, scope)))
    assert output(agent_task(ports)(context)) == {"team": "billing", "why": "It is about money."}
    [question] = model.asked
    assert question.turns[0].text == "Which team should take this ticket?\n\nI was charged twice."


# In a definition, with what is around them ----------------------------------------------------------------------------


def run(*steps: Any, mocks: Mapping[str, Any] | None = None, given: Any = None) -> dict[str, Any]:
    """Entered by the code that enters them in a run; time passes by itself, requests and scripts are played."""
    numbers = count(1)
    ports = RehearsalPorts(
        bodies={"condition": condition(), "wait": wait()},
        new_id=lambda kind: f"{kind}_{next(numbers)}",
        clock=lambda: datetime(2026, 11, 2, 8, 30, tzinfo=UTC),
        seconds=lambda: 0.0,
    )
    outputs = {name: Mock(value) for name, value in (mocks or {}).items()}
    return rehearse_definition(definition(*steps), Rehearsal(given or {}, outputs), ports)


def statuses(found: Mapping[str, Any]) -> dict[str, str]:
    return {row["step_id"]: row["status"] for row in found["run"]["step_runs"]}


def output_of(found: Mapping[str, Any], step_id: str) -> Any:
    return next(row["output"] for row in found["run"]["step_runs"] if row["step_id"] == step_id)


@played(("total", "branch", "skipped"), [(11, "then", "note_it"), (10, "else", "page_someone")])
def test_a_condition(total: int, branch: str, skipped: str) -> None:
    many = EXAMPLES["condition-0"] | {"depends_on": ["count"]}
    found = run(
        *(script("count"), many, script("page_someone"), script("note_it")),
        mocks={"count": {"result": {"total": total}}},
    )
    assert output_of(found, "many") == {"result": branch == "then", "branch": branch}
    assert [step for step, status in statuses(found).items() if status == "skipped"] == [skipped]


@played(("n", "branch", "taken"), [(101, "cases/0", "large"), (11, "cases/1", "medium"), (1, "else", "small")])
def test_a_condition_with_cases(n: int, branch: str, taken: str) -> None:
    arms = [script(name) for name in ("large", "medium", "small")]
    found = run(EXAMPLES["condition-1"], *arms, given={"n": n})
    assert output_of(found, "size") == {"result": branch != "else", "branch": branch}
    assert [name for name in ("large", "medium", "small") if statuses(found)[name] == "completed"] == [taken]


def test_a_loop() -> None:
    counted = {"exit_code": 0, "stdout": "2", "stderr": "", "result": None}
    mocks = {"list_pages": {"body": {"pages": [{"id": "a"}, {"id": "b"}]}}, "fetch": {"body": "x y"}, "count": counted}
    found = run(request("list_pages"), EXAMPLES["loop-0"], mocks=mocks)
    assert output_of(found, "each_page") == [{"fetch": {"body": "x y"}, "count": counted}] * 2
    configs = [row["config"] for row in found["trace"] if row.get("config")]
    assert [each["url"] for each in configs if "/pages/" in each.get("url", "")] == [
        "https://api.example.com/pages/a",
        "https://api.example.com/pages/b",
    ]
    assert [each["input"] for each in configs if each.get("source") == "wc -w"] == ["x y", "x y"]


def test_a_wait() -> None:
    assert output_of(run(EXAMPLES["wait-0"]), "cool_down") == {"waited_seconds": 5_400}


def test_a_wait_for_a_condition() -> None:
    found = run(EXAMPLES["wait-1"], script("too_late"), given={"opens_at": "2026-11-02T08:30:00Z"})
    assert statuses(found) == {"opened": "completed", "too_late": "skipped"}


def test_a_wait_for_a_signal_and_what_sends_its_link() -> None:
    found = run(
        EXAMPLES["wait-3"],
        *(EXAMPLES["wait-2"] | {"depends_on": ["ask"]}, script("remind")),
        mocks={"approve": {"approved": True, "comment": "Go."}},
        given={"version": "1.2"},
    )
    assert output_of(found, "approve") == {"approved": True, "comment": "Go."}
    assert statuses(found)["remind"] == "skipped"
    [asked] = [row["config"] for row in found["trace"] if row.get("step_id") == "ask" and row.get("config")]
    assert asked["json"]["text"].startswith("Release 1.2? http")
