"""The published page of Syntropic137, request by request: over all answers to a request, each member that its example
shows is there, of its kind, and nothing is of another; a member without a value is null, and there."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from published_pages import held, members, published
from served import Served, serve
from stepweave.api.syntropic137.errors import respond
from stepweave.errors import Fault, Invalid

# It makes what has names, and lists all that there is: not on a stack that other tests work on.
pytestmark = pytest.mark.embedded

PAGE = published("syntropic137")
EXECUTE, STATUS, ACTIVE = PAGE
NULLABLE = {"current_phase", "started_at", "completed_at", "error"}
RESEARCH: dict[str, Any] = {
    "name": "Research",
    "config": {"input": {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}},
    "steps": [
        {"id": "read", "type": "wait", "config": {"seconds": 0}},
        {"id": "ask", "type": "wait", "depends_on": ["read"], "config": {"signal": "go", "timeout_seconds": 600}},
    ],
}
NO = {"language": "shell", "source": "false"}
FAILING = {
    "name": "Failing",
    "steps": [{"id": "no", "type": "script", "config": {"language": "shell", "source": "false"}}],
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = serve(tmp_path_factory.mktemp("home"))
    yield server
    server.end()


def send(served: Served, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {served.key}"}
    answer = urllib3.request(method, f"{served.url}{path}", json=body, headers=headers, retries=False, timeout=30)
    return answer.status, answer.json()


def until(served: Served, path: str, status: str, phase: str | None) -> Any:
    for _ in range(300):
        _, found = send(served, "GET", path)
        if (found["status"], found["current_phase"]) == (status, phase):
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def test_every_published_member_is_answered(served: Served) -> None:
    answers: dict[str, list[tuple[int, Any]]] = {request: [] for request in PAGE}
    for slug, definition in (("research", RESEARCH), ("failing-research", FAILING)):
        served.client.send("POST", "/api/workflows", {"definition": definition, "slug": slug})

    sent = {"inputs": {"topic": "owls"}, "task": "Write", "provider": "claude", "max_budget_usd": None}
    answers[EXECUTE].append(send(served, "POST", "/workflows/research/execute", sent))
    answers[EXECUTE].append(send(served, "POST", "/workflows/failing-research/execute", {}))
    for body in ({}, {"string": 1}, {"inputs": {"topic": 1}}, []):
        answers[EXECUTE].append(send(served, "POST", "/workflows/research/execute", body))
    asking, failed = (found["execution_id"] for status, found in answers[EXECUTE] if status == 200)
    until(served, f"/workflows/research/executions/{asking}", "running", "ask")
    until(served, f"/workflows/failing-research/executions/{failed}", "failed", None)
    for path in (f"research/executions/{asking}", f"failing-research/executions/{failed}"):
        answers[STATUS].append(send(served, "GET", f"/workflows/{path}"))
    for limit in ("", "?limit=100", "?limit=0", "?limit=string"):
        answers[ACTIVE].append(send(served, "GET", f"/workflows/executions/active{limit}"))
    invalid = respond(Invalid([Fault("?string", "No such parameter.")]), {"type": "http"})
    answers[STATUS].append((invalid.status_code, json.loads(bytes(invalid.body))))

    checked = 0
    for request, examples in PAGE.items():
        for status, example in examples.items():
            told = [member for each, found in answers[request] if each == status for member in shown(found, example)]
            assert [wrong for _, wrong in told if wrong] == [], request
            wanted = set(members(example))
            assert wanted - {at for at, _ in told} == set(), (request, status)
            checked += len(wanted)
    assert checked == 41
    told = [found for status, found in answers[STATUS] if status == 200]
    assert {name for found in told for name in NULLABLE if found[name] is not None} == NULLABLE


def shown(found: Any, example: Any) -> Iterator[tuple[str, str | None]]:
    """An execution without a value for a member has null in its place."""
    if isinstance(example, list):
        filled = [_filled(row, example[0]) for row in found]
        return held(filled, example)
    return held(_filled(found, example), example)


def _filled(found: Any, example: Any) -> Any:
    return {name: example[name] if each is None and name in NULLABLE else each for name, each in found.items()}
