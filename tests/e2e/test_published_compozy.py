"""The published pages of Compozy, request by request: over all answers to a request, each member that its example shows
is there, of its kind, and nothing is of another.

Three members of the examples are left out, as nothing can have them: `error` beside `data` and `data` beside `error`
(absent members are left out), and an error's own `message` (it stands in `error`).
"""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from model_server import ModelServer, Raw, model_server, said
from published_pages import held, members, published
from served import Served, serve
from stepweave.api.compozy.problems import respond
from stepweave.errors import StepweaveError

# It makes what has names, and lists all that there is: not on a stack that other tests work on.
pytestmark = pytest.mark.embedded

PAGES = published("compozy")
FAILED = range(400, 600)

WORKFLOW: dict[str, Any] = {
    "version": "1.0.0",
    "description": "All that a workflow of the pages has",
    "author": {
        "name": "Ada",
        "email": "ada@example.com",
        "organization": "Looms",
        "url": "https://example.com",
        "contributors": [
            {"name": "Bo", "email": "bo@example.com", "organization": "Looms", "url": "https://example.com/bo"}
        ],
    },
    "config": {
        "env": {"STAGE": "test"},
        "input": {"type": "object"},
        "retry_policy": {
            "backoff_coefficient": 2,
            "initial_interval": "1s",
            "maximum_attempts": 1,
            "maximum_interval": "1m",
            "non_retryable_error_types": ["connection"],
        },
        "heartbeat_timeout": "10s",
        "schedule_to_close_timeout": "5m",
        "schedule_to_start_timeout": "1m",
        "start_to_close_timeout": "1m",
    },
    "schedule": {
        "cron": "0 9 * * 1-5",
        "timezone": "America/New_York",
        "enabled": False,
        "input": {"city": "Bern"},
        "jitter": "1m",
        "overlap_policy": "skip",
        "start_at": "2026-01-01T00:00:00Z",
        "end_at": "2036-01-01T00:00:00Z",
    },
    "triggers": [{"type": "signal", "name": "city.asked", "schema": {"type": "object"}}],
    "outputs": {"greeting": "{{ .tasks.greet.output }}"},
}
TASKS = [
    {"id": "fetch", "type": "basic", "tool": "weather", "with": {"city": "Bern"}, "on_success": {"next": "each"}},
    {
        "id": "each",
        "type": "collection",
        "items": "{{ .workflow.input.names }}",
        "task": {"id": "one", "type": "aggregate", "outputs": {"name": "{{ .item }}"}},
        "on_success": {"next": "greet"},
    },
    {"id": "greet", "type": "basic", "agent": "host", "action": "greet", "with": {"city": "Bern"}},
]
FAILING = [{"id": "fetch", "type": "basic", "tool": "broken", "with": {"city": "Bern"}}]
HANDLED = {
    "name": "handled",
    "config": {"on_error": {"next": "mend", "with": {"why": "a step failed"}}},
    "steps": [
        {"id": "go", "type": "wait", "config": {"seconds": 0}},
        {"id": "mend", "type": "wait", "config": {"seconds": 0}},
    ],
}
SHOWN_TIMEOUT = "30s"
"""In place of `string`, which is no duration."""


class Stage:
    """A server, and what it has answered to published requests."""

    def __init__(self, served: Served, model: ModelServer) -> None:
        self.url, self.model, self.http = served.url, model, urllib3.PoolManager()
        self.headers = {"Authorization": f"Bearer {served.key}"}
        self.answers: dict[str, list[tuple[int, Any]]] = {}

    def __call__(self, request: str, path: str, body: Any = None, **headers: str) -> Any:
        """Sends a published request, `path` being that of this one."""
        method = request.split()[0]
        status, found = self.send(method, f"/api/v0{path}", body, **headers)
        self.answers.setdefault(request, []).append((status, found))
        return status, found

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body)
        answer = self.http.request(method, f"{self.url}{path}", body=data, headers=sent, timeout=40, retries=False)
        return answer.status, json.loads(answer.data) if answer.data else None


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with model_server() as model:
        served = serve(tmp_path_factory.mktemp("home"), HTTP_ALLOWED_HOSTS=model.host)
        try:
            yield _played(Stage(served, model))
        finally:
            served.end()


def _played(stage: Stage) -> Stage:
    """The story in which every published request is sent, and what can go wrong does."""
    stage.model.says(said("Hello."))
    stage.model.tools = {"/weather": lambda _: {"celsius": 21}, "/broken": lambda _: Raw("{}", 500)}
    _agents(stage)
    _workflows(stage)
    _executions(stage)
    _agent_executions(stage)
    return stage


def _agents(stage: Stage) -> None:
    put, get = "PUT /agents/{agent_id}", "GET /agents/{agent_id}"
    shown = PAGES[put][200]["data"]
    sent = {**shown, "tools": [{**shown["tools"][0], "timeout": SHOWN_TIMEOUT}]}
    assert stage(put, "/agents/string", {})[0] == 201
    assert stage(put, "/agents/string", sent)[0] == 200
    status, found = stage(put, "/agents/other?project=string", {**sent, "id": "other"})
    assert status == 201, found
    status, found = stage(get, "/agents/string")
    assert status == 200
    assert found["data"] == _masked(sent)
    config = {"provider": "test", "model": "m-1", "api_url": f"{stage.model.url}/v1"}
    action = {"id": "greet", "prompt": "Greet {{ .input.city }}"}
    host = {"model": {"config": config}, "actions": [action]}
    assert stage(put, "/agents/host", host)[0] == 201
    stage.send("PUT", "/api/v0/agents/zoe", {})
    for tool in ("weather", "broken"):
        config = {"url": f"{stage.model.url}/{tool}", "method": "POST"}
        assert stage.send("PUT", f"/api/v0/tools/{tool}", {"config": config})[0] == 201

    _, page = stage("GET /agents", "/agents?limit=1&q=")
    stage("GET /agents", f"/agents?limit=1&cursor={page['data']['page']['next_cursor']}")
    stage("GET /agents", "/agents?limit=500&q=str")
    assert stage("POST /agents/export", "/agents/export")[0] == 200
    assert stage("POST /agents/import", "/agents/import?strategy=seed_only")[0] == 200

    for request, path, body, status in (
        ("GET /agents", "/agents?cursor=v2:after:tool-001", None, 400),
        ("GET /agents", "/agents?workflow_id=nobody", None, 404),
        ("POST /agents/import", "/agents/import?strategy=string", None, 400),
        (get, "/agents/string?project=%20", None, 400),
        (get, "/agents/nobody", None, 404),
        (put, "/agents/string", {"unknown": 1}, 400),
    ):
        assert stage(request, path, body)[0] == status, (request, path)
    assert stage(put, "/agents/string", {}, If_Match="string")[0] == 412


def _masked(agent: dict[str, Any]) -> dict[str, Any]:
    model = {**agent["model"], "config": {**agent["model"]["config"], "api_key": "********"}}
    return {**agent, "model": model}


def _workflows(stage: Stage) -> None:
    for name, workflow in (
        ("all", WORKFLOW | {"tasks": TASKS}),
        ("failing", {"tasks": FAILING, "config": WORKFLOW["config"]}),
        ("handled", HANDLED),
    ):
        status, found = stage.send("PUT", f"/api/v0/workflows/{name}", workflow)
        assert status == 201, found
        assert stage("GET /workflows/{workflow_id}", f"/workflows/{name}")[0] == 200
    stage("GET /workflows", "/workflows")
    assert stage("GET /workflows/{workflow_id}", "/workflows/nobody")[0] == 404
    assert stage("GET /workflows/{workflow_id}", "/workflows/all?expand=string")[0] in (200, 400)


def _executions(stage: Stage) -> None:
    start = "POST /workflows/{workflow_id}/executions"
    ids = []
    for name in ("all", "failing"):
        status, found = stage(start, f"/workflows/{name}/executions", {"input": {"names": ["a", "b"]}})
        assert status == 202, found
        assert urlsplit(found["data"]["exec_url"]).path.endswith(found["data"]["exec_id"])
        ids.append(found["data"]["exec_id"])
    assert stage(start, "/workflows/all/executions", {"input": 1})[0] == 400
    assert stage(start, "/workflows/nobody/executions", {})[0] == 404
    ended = [_ended(stage, f"/api/v0/executions/workflows/{each}") for each in ids]
    assert [each["status"] for each in ended] == ["SUCCESS", "FAILED"], ended
    stage("GET /executions/workflows", "/executions/workflows")
    for name in ("all", "failing", "nobody"):
        stage("GET /workflows/{workflow_id}/executions", f"/workflows/{name}/executions")


def _ended(stage: Stage, path: str) -> Any:
    ends_at = time.monotonic() + 30
    while (found := stage.send("GET", path)[1]["data"])["status"] in ("PENDING", "RUNNING"):
        assert time.monotonic() < ends_at, found
        time.sleep(0.05)
    return found


def _agent_executions(stage: Stage) -> None:
    sync, later = "POST /agents/{agent_id}/executions", "POST /agents/{agent_id}/executions/async"
    wanted = {"action": "greet", "with": {"city": "Bern"}, "timeout": 20}
    assert stage(sync, "/agents/host/executions", wanted, X_Idempotency_Key="string")[0] == 200
    assert stage(later, "/agents/host/executions/async", {"prompt": "Hi"}, X_Correlation_ID="string")[0] == 202
    for request, path in ((sync, "executions"), (later, "executions/async")):
        assert stage(request, f"/agents/host/{path}", {})[0] == 400
        assert stage(request, f"/agents/nobody/{path}", {"prompt": "Hi"})[0] == 404
    assert stage(sync, "/agents/host/executions", {"prompt": "Hi"}, X_Idempotency_Key="string")[0] == 409
    _, first = stage(later, "/agents/host/executions/async", {"prompt": "Hi"}, X_Idempotency_Key="later")
    _ended(stage, first["data"]["exec_url"])
    assert stage(later, "/agents/host/executions/async", {"prompt": "No"}, X_Idempotency_Key="later")[0] == 409
    go_on = threading.Event()
    stage.model.says(Raw("{}", after=go_on), Raw("{}", 400))
    status, found = stage(sync, "/agents/host/executions", {"prompt": "Hi", "timeout": 1})
    go_on.set()
    assert status == 408
    _ended(stage, found["data"]["exec_url"])
    assert stage(sync, "/agents/host/executions", {"prompt": "Hi"})[0] == 500

    delete = "DELETE /agents/{agent_id}"
    assert stage(delete, "/agents/zoe?project=default") == (204, None)
    assert stage(delete, "/agents/host")[0] == 409


@pytest.mark.parametrize("request_", PAGES)
def test_every_published_member_is_answered(stage: Stage, request_: str) -> None:
    checked = 0
    for status, example in PAGES[request_].items():
        sent = [found for each, found in stage.answers[request_] if each == status]
        answers = sent or [_refused(request_, status)]
        shown = _answerable(example, status)
        told = [each for answer in answers for each in held(answer, shown)]
        assert [wrong for _, wrong in told if wrong] == []
        wanted = set(members(shown))
        assert sorted(wanted - {at for at, _ in told}) == [], (request_, status)
        checked += len(wanted)
    assert checked > 0


def _answerable(example: Any, status: int) -> Any:
    """Without what nothing can have."""
    if not isinstance(example, dict) or "data" not in example:
        return example
    left_out = ("data", "message") if status in FAILED else ("error",)
    return {name: each for name, each in example.items() if name not in left_out}


def _refused(request: str, status: int) -> Any:
    """What an error of that status is answered, where nothing that is sent brings it about: on this surface a failure
    of the server itself, and statuses that the pages show and the original never answers."""
    method, path = request.split()
    error = StepweaveError("Something failed.", code="internal")
    error.__dict__["status"] = status
    answer = respond(error, {"type": "http", "method": method, "path": f"/api/v0{path}"})
    assert answer.status_code == status
    return json.loads(bytes(answer.body))


def test_the_pages_have_as_many_members_as_ever() -> None:
    examples = [_answerable(each, status) for page in PAGES.values() for status, each in page.items()]
    assert (len(examples), sum(len(set(members(each))) for each in examples)) == (50, 768)
