"""The published examples of the workflows API, request by request: each answers what the publication shows, member by
member. An example is a row: what is sent, and the members (with their kinds) of what comes back; more members may be
there. Rows stand in the order of the publication, and later ones use what earlier ones have made.
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3

from served import Served, serve

TEXT, NUMBER, BOOLEAN, LIST, OBJECT = str, int, bool, list, dict
NULLABLE = (str, type(None))
PUBLISHED: dict[str, Any] = {
    "name": "Fetch and notify",
    "steps": [
        {
            "id": "fetch",
            "type": "http_request",
            "config": {"method": "GET", "url": "https://api.example.com/data"},
        },
        {
            "id": "notify",
            "type": "agent_task",
            "config": {"agent_id": "agent_123", "goal": "Summarize the fetched data and post to Slack"},
            "depends_on": ["fetch"],
        },
    ],
}
RUNNABLE: dict[str, Any] = {
    "name": "Two steps",
    "steps": [
        {"id": "fetch", "type": "script", "config": {"language": "shell", "source": "true"}},
        {"id": "notify", "type": "script", "config": {"language": "shell", "source": "true"}, "depends_on": ["fetch"]},
    ],
}
CYCLE = {
    "name": "Cycle",
    "steps": [
        {"id": "step_a", "type": "wait", "config": {"seconds": 1}, "depends_on": ["step_b"]},
        {"id": "step_b", "type": "wait", "config": {"seconds": 1}, "depends_on": ["step_a"]},
        {"id": "notify", "type": "wait", "config": {"seconds": 1}, "depends_on": ["fetch"]},
    ],
}
EDITED = {
    "name": "Fetch and notify",
    "steps": [
        {**PUBLISHED["steps"][0], "config": {"method": "GET", "url": "https://new-url.com"}},
        PUBLISHED["steps"][1],
        {"id": "handle", "type": "wait", "config": {"seconds": 1}, "depends_on": ["notify"]},
    ],
}
SLEEPER = {"name": "Sleeper", "steps": [{"id": "sleep", "type": "wait", "config": {"seconds": 3600}}]}
WORKFLOW_ROW = {
    "id": TEXT,
    "name": TEXT,
    "version": NUMBER,
    "status": TEXT,
    "trigger_type": TEXT,
    "tags": LIST,
    "created_at": TEXT,
    "updated_at": TEXT,
}
STEP_RUN = {"step_id": TEXT, "status": TEXT, "output": object, "started_at": NULLABLE, "duration_seconds": object}


@dataclass(frozen=True)
class Example:
    """`keep`: names for later rows, of members of the answer; `{name}` in paths stands for such a one. `eventually`:
    sent until the answer is so."""

    method: str
    path: str
    status: int
    shape: Any
    body: Any = None
    keep: dict[str, str] = field(default_factory=dict)
    eventually: bool = False


EXAMPLES = [
    Example(
        "POST",
        "",
        201,
        {"id": TEXT, "workflow": {**WORKFLOW_ROW, "definition": PUBLISHED}},
        {"definition": PUBLISHED, "trigger_type": "manual", "tags": ["notifications"]},
        {"id": "id"},
    ),
    Example(
        "GET",
        "?status=active&trigger_type=manual&tag=notifications&limit=200&offset=0",
        200,
        {"workflows": [WORKFLOW_ROW], "total": 1},
    ),
    Example("GET", "/{id}", 200, {**WORKFLOW_ROW, "definition": PUBLISHED}),
    Example(
        "PUT",
        "/{id}",
        200,
        {**WORKFLOW_ROW, "version": 2, "definition": EDITED},
        {"definition": EDITED, "change_summary": "Added error handling step"},
    ),
    Example("PATCH", "/{id}/status", 200, {"status": "paused"}, {"status": "paused"}),
    Example("PATCH", "/{id}/status", 200, {"status": "active"}, {"status": "active"}),
    Example("POST", "/validate", 200, {"valid": True, "errors": []}, {"definition": PUBLISHED}),
    Example(
        "POST",
        "/validate",
        200,
        {
            "valid": False,
            "errors": [
                "Step 'notify' depends on 'fetch' which doesn't exist",
                "Cycle detected: step_a → step_b → step_a",
            ],
        },
        {"definition": CYCLE},
    ),
    Example(
        "GET",
        "/{id}/versions",
        200,
        {
            "versions": [
                {"version": 2, "change_summary": "Added error handling step", "created_at": TEXT},
                {"version": 1, "change_summary": "Initial version", "created_at": TEXT},
            ]
        },
    ),
    Example("GET", "/{id}/versions/1", 200, {"version": 1, "definition": PUBLISHED}),
    Example(
        "GET",
        "/{id}/diff?v1=1&v2=2",
        200,
        {
            "diff": [
                {"op": "add", "path": "/steps/2", "value": EDITED["steps"][2]},
                {"op": "replace", "path": "/steps/0/config/url", "value": "https://new-url.com"},
            ],
            "summary": "Added 1 step, modified 1 step",
            "v1": 1,
            "v2": 2,
        },
    ),
    Example("POST", "/{id}/rollback", 200, {**WORKFLOW_ROW, "version": 3, "definition": PUBLISHED}, {"version": 1}),
    Example("POST", "", 201, {"id": TEXT}, {"definition": RUNNABLE}, {"runnable": "id"}),
    Example(
        "POST",
        "/{runnable}/run",
        202,
        {"run_id": TEXT},
        {"input_data": {"dataset_id": "ds_123"}, "trigger": "manual"},
        {"run_id": "run_id"},
    ),
    Example("GET", "/{runnable}/runs?limit=50&offset=0", 200, {"runs": [{"id": TEXT, "status": TEXT}], "total": 1}),
    Example(
        "GET",
        "/runs/{run_id}",
        200,
        {
            "run": {
                "id": TEXT,
                "workflow_id": TEXT,
                "status": "completed",
                "trigger": "manual",
                "started_at": TEXT,
                "completed_at": TEXT,
                "duration_seconds": NUMBER,
                "step_runs": [STEP_RUN, STEP_RUN],
            }
        },
        eventually=True,
    ),
    Example(
        "GET",
        "/runs/{run_id}/stream",
        200,
        [
            ("step_started", {"run_id": TEXT, "step_id": "fetch", "timestamp": TEXT}),
            ("step_completed", {"run_id": TEXT, "step_id": "fetch", "output": OBJECT}),
            ("run_completed", {"run_id": TEXT, "status": "completed", "duration_seconds": NUMBER}),
        ],
    ),
    Example("POST", "/runs/{run_id}/resume", 202, {"run_id": TEXT, "status": TEXT}, {"from_step": "notify"}),
    Example("POST", "/{runnable}/run", 202, {"run_id": TEXT}, {}, {"other_run": "run_id"}),
    Example("GET", "/runs/{other_run}", 200, {"run": {"status": "completed"}}, eventually=True),
    Example("DELETE", "/runs/{other_run}", 204, None),
    Example(
        "GET",
        "/templates?category=data&is_builtin=true&limit=50&offset=0",
        200,
        {"templates": [{"id": TEXT, "name": "Data pipeline"}], "total": 1},
        None,
        {"template": "templates.0.id"},
    ),
    Example("GET", "/templates/{template}", 200, {"id": TEXT, "is_builtin": True, "definition": OBJECT}),
    Example("POST", "/templates/{template}/install", 201, {"workflow_id": TEXT}, {"name": "My custom pipeline"}),
    Example("POST", "", 201, {"id": TEXT}, {"definition": SLEEPER}, {"sleeper": "id"}),
    Example("POST", "/{sleeper}/run", 202, {"run_id": TEXT}, None, {"sleeping": "run_id"}),
    Example("POST", "/runs/{sleeping}/cancel", 202, {"run_id": TEXT, "status": TEXT}),
    Example(
        "POST",
        "/{id}/schedules",
        201,
        {"schedule_id": TEXT},
        {"cron_expression": "0 9 * * 1-5", "timezone": "America/New_York", "input_data": {"dataset": "daily"}},
        {"schedule": "schedule_id"},
    ),
    Example("GET", "/{id}/schedules", 200, {"schedules": [{"id": TEXT}], "total": 1}),
    Example("DELETE", "/schedules/{schedule}", 204, None),
    Example("DELETE", "/{id}", 204, None),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = serve(tmp_path_factory.mktemp("home"))
    yield server
    server.end()


def test_every_published_request_is_answered_as_published(served: Served) -> None:
    known: dict[str, str] = {}
    for example in EXAMPLES:
        found = answer_of(served, example, known)
        for name, member in example.keep.items():
            known[name] = member_of(found, member)


def answer_of(served: Served, example: Example, known: dict[str, str]) -> Any:
    ends_at = time.monotonic() + 30
    while True:
        status, found = send(served, example, example.path.format(**known))
        wrong = [f"status {status} instead of {example.status}"] if status != example.status else []
        wrong += [] if wrong else list(differences(found, example.shape))
        if not wrong:
            return found
        told = f"{example.method} {example.path}: {wrong}: {json.dumps(found)[:1500]}"
        assert example.eventually, told
        assert time.monotonic() < ends_at, told
        time.sleep(0.1)


def send(served: Served, example: Example, path: str) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {served.key}", "Content-Type": "application/json"}
    body = None if example.body is None else json.dumps(example.body)
    url = f"{served.url}/api/workflows{path}"
    answer = urllib3.request(example.method, url, body=body, headers=headers, retries=False, timeout=30)
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        return answer.status, events_of(answer.data.decode())
    return answer.status, json.loads(answer.data) if answer.data else None


def events_of(stream: str) -> list[tuple[str, Any]]:
    """The names and data of the events of a stream that has ended."""
    found = re.findall(r"^(?:id: .*\n)?event: (.*)\n(?:id: .*\n)?data: (.*)$", stream, re.MULTILINE)
    return [(name, json.loads(data)) for name, data in found]


def differences(found: Any, shape: Any, at: str = "") -> Iterator[str]:
    """Where an answer is not as its example: members that are missing, of another kind, or of another value."""
    match shape:
        case type() | tuple() if not isinstance(shape, tuple) or all(isinstance(kind, type) for kind in shape):
            if not isinstance(found, shape):
                yield f"{at}: {found!r} is no {shape}"
        case dict():
            for name, member in shape.items():
                if not isinstance(found, dict) or name not in found:
                    yield f"{at}/{name} is missing"
                else:
                    yield from differences(found[name], member, f"{at}/{name}")
        case [(str(), dict()), *_]:
            yield from _events_missing(found, shape)
        case list():
            if not isinstance(found, list) or len(found) != len(shape):
                yield f"{at}: {len(shape)} entries are expected"
                return
            for index, each in enumerate(shape):
                yield from differences(found[index], each, f"{at}/{index}")
        case _:
            if found != shape:
                yield f"{at}: {found!r} is not {shape!r}"


def _events_missing(found: Any, shape: list[tuple[str, Any]]) -> Iterator[str]:
    """The events of the example are there in their order, others between them."""
    left = iter(found)
    for name, data in shape:
        if not any(each == name and not list(differences(of, data)) for each, of in left):
            yield f"the event {name} with {data} is missing"


def member_of(found: Any, path: str) -> str:
    for part in path.split("."):
        found = found[int(part) if part.isdecimal() else part]
    return str(found)


def test_an_answer_that_lacks_a_member_is_told() -> None:
    assert list(differences({"a": [{"b": 1}]}, {"a": [{"b": TEXT, "c": TEXT}], "d": 1})) == [
        "/a/0/b: 1 is no <class 'str'>",
        "/a/0/c is missing",
        "/d is missing",
    ]
    assert list(differences([("x", {})], [("x", {"a": 1})])) == ["the event x with {'a': 1} is missing"]
