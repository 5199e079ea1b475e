"""Workflows created, run and read over HTTP, against a started server and a web server of the test's own."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from served import Served, serve
from stepweave.local.client import Client, Refused

FINISHED = {"completed", "failed", "cancelled", "timed_out"}


class Web(ThreadingHTTPServer):
    """Answers with the statuses of the path, one request after the other: `/503,200` fails once. Keeps what it got."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.lock = threading.Lock()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def requests(self, path: str) -> list[tuple[dict[str, str], bytes]]:
        return [(headers, body) for got, headers, body in self.got if got == path]


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        with self.server.lock:
            before = len(self.server.requests(self.path))
            self.server.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        statuses = [int(part) for part in self.path.rpartition("/")[2].split(",")]
        status = statuses[min(before, len(statuses) - 1)]
        answer = json.dumps({"status": status, "items": [1, 2, 3]}).encode()
        self.send_response(status)
        if status == 429:
            self.send_header("retry-after", "1")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """The test reads `got` instead."""


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    server = Web()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def served(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home: Path = tmp_path_factory.mktemp("home")
    server = serve(home, HTTP_ALLOWED_HOSTS=f"127.0.0.1:{web.server_address[1]}")
    yield server
    server.end()


@pytest.fixture(scope="module")
def client(served: Served) -> Client:
    return served.client


def shell(name: str, source: str = "true", **changes: Any) -> dict[str, Any]:
    return {"id": name, "type": "script", "config": {"language": "shell", "source": source}, **changes}


def http(name: str, url: str, **changes: Any) -> dict[str, Any]:
    return {"id": name, "type": "http_request", "config": {"url": url, **changes.pop("config", {})}, **changes}


def create(client: Client, *steps: dict[str, Any], **definition: Any) -> str:
    whole = {"name": "Under test", "steps": list(steps), **definition}
    return str(client.post("/api/workflows", {"definition": whole})["id"])


def start(client: Client, workflow: str, **body: Any) -> str:
    return str(client.post(f"/api/workflows/{workflow}/run", body)["run_id"])


def finished(client: Client, run_id: str, seconds: float = 60) -> dict[str, Any]:
    ends_at = time.monotonic() + seconds
    while True:
        run: dict[str, Any] = client.get(f"/api/workflows/runs/{run_id}")["run"]
        if run["status"] in FINISHED:
            return run
        assert time.monotonic() < ends_at, run
        time.sleep(0.05)


def ran(client: Client, *steps: dict[str, Any], input_data: Any = None, **definition: Any) -> dict[str, Any]:
    workflow = create(client, *steps, **definition)
    return finished(client, start(client, workflow, input_data=input_data or {}))


def statuses(run: dict[str, Any]) -> dict[str, str]:
    return {step["step_id"]: step["status"] for step in run["step_runs"]}


def step(run: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in run["step_runs"] if each["step_id"] == name)


def test_data_flows_from_input_through_steps_to_outputs(client: Client, web: Web) -> None:
    post = {"method": "POST", "json": {"sum": "{{ $sum(steps.get.output.body.items) }}", "who": "{{ input.who }}"}}
    run = ran(
        client,
        http("get", web.url("/flow/200")),
        http("send", web.url("/flow-sink/201"), config=post, depends_on=["get"]),
        outputs={"code": "{{ steps.send.output.status_code }}", "text": "sum={{ $sum(steps.get.output.body.items) }}"},
        input_data={"who": "Ada"},
    )
    assert (run["status"], run["output"]) == ("completed", {"code": 201, "text": "sum=6"})
    headers, body = web.requests("/flow-sink/201")[0]
    assert json.loads(body) == {"sum": 6, "who": "Ada"}
    assert headers["idempotency-key"] == f"{run['id']}:send"


@pytest.mark.parametrize(("number", "taken", "left"), [(5, "big", "small"), (1, "small", "big")])
def test_a_condition_runs_one_branch_and_the_join_after_both(
    client: Client, number: int, taken: str, left: str
) -> None:
    check = {"expression": "input.n > 3", "then": ["big"], "else": ["small"]}
    run = ran(
        client,
        {"id": "check", "type": "condition", "config": check},
        shell("big"),
        shell("small"),
        shell("after_small", depends_on=["small"]),
        shell("join", depends_on=["big", "small"]),
        input_data={"n": number},
    )
    seen = statuses(run)
    assert (run["status"], seen[taken], seen[left], seen["join"]) == ("completed", "completed", "skipped", "completed")
    assert seen["after_small"] == seen["small"]


def test_cases_take_the_first_that_is_true(client: Client) -> None:
    cases = [{"when": "input.n > 9", "then": ["a"]}, {"when": "input.n > 4", "then": ["b"]}]
    decide = {"id": "c", "type": "condition", "config": {"cases": cases, "else": ["d"]}}
    run = ran(client, decide, shell("a"), shell("b"), shell("d"), input_data={"n": 5})
    assert statuses(run) == {"c": "completed", "a": "skipped", "b": "completed", "d": "skipped"}
    assert step(run, "c")["output"] == {"result": True, "branch": "cases/1"}


def test_a_failure_without_a_handler_fails_the_run_and_says_where(client: Client) -> None:
    run = ran(client, shell("bad", "echo oh >&2; exit 3"), shell("next", depends_on=["bad"]))
    assert (run["status"], run["error"]["code"], run["error"]["details"]["step_id"]) == (
        "failed",
        "script_failed",
        "bad",
    )
    assert statuses(run) == {"bad": "failed", "next": "cancelled"}
    assert step(run, "bad")["error"]["details"]["stderr"] == "oh\n"


def test_a_failure_that_continues_can_be_read_by_its_dependants(client: Client) -> None:
    run = ran(
        client,
        shell("bad", "exit 3", on_error="continue"),
        shell("next", "echo {{ steps.bad.error.code }}", depends_on=["bad"]),
    )
    assert (run["status"], step(run, "next")["output"]["stdout"]) == ("completed", "script_failed\n")


def test_a_handler_runs_after_the_failure_and_is_skipped_otherwise(client: Client) -> None:
    for source, bad, handler, after in (
        ("exit 3", "failed", "completed", "skipped"),
        ("true", "completed", "skipped", "completed"),
    ):
        run = ran(
            client,
            shell("bad", source, on_error={"goto": "rescue"}),
            shell("rescue"),
            shell("after", depends_on=["bad"]),
        )
        assert run["status"] == "completed"
        assert statuses(run) == {"bad": bad, "rescue": handler, "after": after}


def test_a_step_whose_when_is_false_is_skipped_with_what_hangs_on_it(client: Client) -> None:
    run = ran(client, shell("a", when="input.go = true"), shell("b", depends_on=["a"]))
    assert statuses(run) == {"a": "skipped", "b": "skipped"}
    assert run["status"] == "completed"


def test_a_server_error_is_retried_and_a_client_error_is_not(client: Client, web: Web) -> None:
    fast = {"initial_interval": 0.01}
    run = ran(client, http("get", web.url("/flaky/503,429,200"), retry=fast))
    assert (run["status"], step(run, "get")["attempt"]) == ("completed", 3)
    run = ran(client, http("get", web.url("/gone/404"), retry=fast))
    assert (run["status"], run["error"]["code"]) == ("failed", "http_status")
    assert len(web.requests("/gone/404")) == 1


def test_an_address_that_is_not_public_is_refused(client: Client) -> None:
    run = ran(client, http("get", "http://169.254.169.254/latest/meta-data/"))
    assert (run["status"], run["error"]["code"]) == ("failed", "address_not_allowed")


def test_a_wait_parks_the_run_and_ends(client: Client) -> None:
    workflow = create(
        client, {"id": "nap", "type": "wait", "config": {"seconds": 2}}, shell("then", depends_on=["nap"])
    )
    run_id = start(client, workflow)
    ends_at = time.monotonic() + 20
    while client.get(f"/api/workflows/runs/{run_id}")["run"]["status"] != "waiting":
        assert time.monotonic() < ends_at
        time.sleep(0.02)
    run = finished(client, run_id)
    assert run["status"] == "completed"
    assert 2000 <= step(run, "nap")["duration_ms"] < 4000
    assert step(run, "nap")["output"] == {"waited_seconds": 2}


def test_a_large_output_is_passed_on_whole_and_answered_by_reference(client: Client) -> None:
    big = "import json, os; json.dump('x' * 300_000, open(os.environ['STEPWEAVE_RESULT'], 'w'))"
    made = {"id": "make", "type": "script", "config": {"language": "python", "source": big}}
    count = {"language": "shell", "source": "wc -c", "input": "{{ steps.make.output.result }}"}
    run = ran(client, made, {"id": "count", "type": "script", "config": count, "depends_on": ["make"]})
    assert (step(run, "count")["output"]["stdout"].strip(), step(run, "make")["output"]) == ("300002", None)
    assert client.get(step(run, "make")["output_url"])["result"] == "x" * 300_000


def test_a_run_past_its_time_is_timed_out(client: Client) -> None:
    run = ran(client, {"id": "nap", "type": "wait", "config": {"seconds": 60}}, config={"run_timeout": 1})
    assert (run["status"], run["error"]["code"]) == ("timed_out", "run_timeout")


def test_an_agent_that_nobody_put_fails_its_run_and_says_so(client: Client) -> None:
    run = ran(client, {"id": "ask", "type": "agent_task", "config": {"agent_id": "a", "goal": "g"}})
    assert (run["status"], run["error"]["code"]) == ("failed", "agent_not_found")


def test_runs_over_the_limit_queue_and_all_finish_oldest_first(client: Client) -> None:
    workflow = create(client, shell("work", "sleep 0.1"), config={"concurrency": {"limit": 3}})
    with ThreadPoolExecutor(12) as pool:
        run_ids = list(pool.map(lambda _: start(client, workflow), range(12)))
    runs = [finished(client, run_id) for run_id in run_ids]
    assert {run["status"] for run in runs} == {"completed"}
    events = sorted([(run["started_at"], 1) for run in runs] + [(run["completed_at"], -1) for run in runs])
    active = most = 0
    for _, change in events:
        active += change
        most = max(most, active)
    assert most <= 3


def test_runs_and_workflows_are_paged(client: Client) -> None:
    workflow = create(client, shell("a"))
    run_ids = [start(client, workflow) for _ in range(3)]
    path = f"/api/workflows/{workflow}/runs"
    first = client.get(f"{path}?limit=2")
    assert ([run["id"] for run in first["runs"]], first["total"]) == (run_ids[:0:-1], 3)
    rest = client.get(f"{path}?limit=2&cursor={first['next_cursor']}")
    assert ([run["id"] for run in rest["runs"]], rest["next_cursor"]) == (run_ids[:1], None)
    # Newest first; on a stack that others use, one of theirs may be newer.
    assert client.get("/api/workflows?limit=1")["workflows"][0]["id"] >= workflow


def test_a_paused_workflow_starts_nothing(client: Client) -> None:
    body = {"definition": {"name": "Paused", "steps": [shell("a")]}, "status": "paused"}
    workflow = client.post("/api/workflows", body)["id"]
    with pytest.raises(Refused) as error:
        start(client, workflow)
    assert error.value.status == 409
    assert client.get(f"/api/workflows/{workflow}/runs")["total"] == 0
