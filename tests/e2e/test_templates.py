"""The built-in templates at work: installed with parameters that point to a web server of the test's own, and run."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from model_server import ModelServer, calls, model_server, said
from served import Served, serve, stepweave
from stepweave.local.client import Client

FINISHED = {"completed", "failed", "cancelled", "timed_out"}
RECORDS = [
    {"id": 1, "name": " Ada ", "email": "ada@example.com", "created_at": "2020-01-01T00:00:00Z"},
    {"id": 2, "name": "Grace"},
    {"id": 3, "name": "Alan", "email": "alan@example.com", "created_at": "2999-01-01T00:00:00Z"},
]


class Web(ThreadingHTTPServer):
    """`/records` answers records, `/fails/...` 500 and anything else 200; keeps what it got, by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, str, bytes]] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def bodies(self, path: str) -> list[Any]:
        return [json.loads(body) for _, got, body in self.got if got == path]


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.got.append((self.command, self.path, body))
        answer = json.dumps(RECORDS if self.path == "/records" else {"ok": True}).encode()
        self.send_response(500 if self.path.startswith("/fails") else 200)
        self.send_header("content-type", "text/x-python" if self.path == "/source" else "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_POST(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
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
def model() -> Iterator[ModelServer]:
    with model_server() as one:
        yield one


@pytest.fixture(scope="module")
def served(web: Web, model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home: Path = tmp_path_factory.mktemp("home")
    server = serve(home, HTTP_ALLOWED_HOSTS=f"127.0.0.1:{web.server_address[1]},{model.host}")
    yield server
    server.end()


@pytest.fixture(scope="module")
def client(served: Served) -> Client:
    return served.client


def eventually(look: Callable[[], Any], seconds: float = 60) -> Any:
    """What `look` finds as soon as it finds something."""
    ends_at = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < ends_at
        time.sleep(0.05)
    return found


def install(client: Client, template: str, **parameters: Any) -> str:
    body = {"parameters": parameters}
    return str(client.post(f"/api/workflows/templates/{template}/install", body)["workflow_id"])


def start(client: Client, template: str, input_data: Any = None, **parameters: Any) -> str:
    workflow = install(client, template, **parameters)
    return str(client.post(f"/api/workflows/{workflow}/run", {"input_data": input_data or {}})["run_id"])


def finished(client: Client, run_id: str) -> Any:
    def look() -> Any:
        run = client.get(f"/api/workflows/runs/{run_id}")["run"]
        return run if run["status"] in FINISHED else None

    return eventually(look)


def ran(client: Client, template: str, input_data: Any = None, **parameters: Any) -> Any:
    """The finished run; its error is shown where it should have been completed."""
    run = finished(client, start(client, template, input_data, **parameters))
    assert run["status"] == "completed", run
    return run


def statuses(run: Any) -> dict[str, str]:
    return {step["step_id"]: step["status"] for step in run["step_runs"]}


def test_every_one_installs_with_nothing_given(client: Client) -> None:
    listed = client.get("/api/workflows/templates?is_builtin=true")
    assert listed["total"] == len(listed["templates"]) >= 8
    for row in listed["templates"]:
        made = client.post(f"/api/workflows/templates/{row['id']}/install", {})["workflow_id"]
        workflow = client.get(f"/api/workflows/{made}")
        assert (workflow["name"], workflow["tags"], workflow["status"]) == (row["name"], row["tags"], "active")
        assert "parameters." not in json.dumps(workflow["definition"])


def test_the_data_pipeline_drops_records_that_lack_a_member(client: Client, web: Web) -> None:
    run = ran(client, "data-pipeline", source_url=web.url("/records"), sink_url=web.url("/pipeline"))
    assert run["output"] == {"fetched": 3, "loaded": 2}
    good = [
        {"id": 1, "name": "Ada", "email": "ada@example.com"},
        {"id": 3, "name": "Alan", "email": "alan@example.com"},
    ]
    assert web.bodies("/pipeline") == [good]


def test_the_data_pipeline_loads_nothing_where_nothing_is_good(client: Client, web: Web) -> None:
    given = {"source_url": web.url("/records"), "sink_url": web.url("/none"), "fields": ["none"]}
    run = ran(client, "data-pipeline", **given)
    assert run["output"] == {"fetched": 3, "loaded": 0}
    assert statuses(run)["load"] == "skipped"
    assert web.bodies("/none") == []


def test_the_uptime_check_is_silent_while_the_page_is_up(client: Client, web: Web) -> None:
    run = ran(client, "uptime-check", url=web.url("/up"), alert_url=web.url("/quiet"))
    assert run["output"] == {"up": True}
    assert statuses(run)["alert"] == "skipped"
    assert web.bodies("/quiet") == []


def test_the_fan_out_report_tells_of_those_that_failed_too(client: Client, web: Web) -> None:
    sources = [web.url("/one"), web.url("/fails/two"), web.url("/three")]
    run = ran(client, "fan-out-report", sources=sources, report_url=web.url("/fan-out"))
    assert run["output"] == {"asked": 3, "failed": 1}
    (report,) = web.bodies("/fan-out")
    assert [(row["source"], row["ok"]) for row in report["rows"]] == list(
        zip(sources, (True, False, True), strict=True)
    )


def test_the_uptime_check_tells_that_the_page_is_down(client: Client, web: Web) -> None:
    run = ran(client, "uptime-check", url=web.url("/fails/down"), alert_url=web.url("/alert"))
    assert run["output"] == {"up": False}
    (report,) = web.bodies("/alert")
    assert (report["page"], report["run_id"]) == (web.url("/fails/down"), run["id"])
    assert report["error"]["details"]["status_code"] == 500


@pytest.mark.parametrize(("lint", "state"), [("true", "success"), ("exit 3", "failure")])
def test_the_ci_pipeline_reports_how_it_went(client: Client, web: Web, lint: str, state: str) -> None:
    given = {"source_url": web.url("/source"), "lint_command": lint, "report_url": web.url(f"/ci-{state}")}
    run = ran(client, "ci-pipeline", **given)
    assert run["output"] == {"state": state}, run["step_runs"]
    (report,) = web.bodies(f"/ci-{state}")
    assert (report["state"], report["run_id"]) == (state, run["id"])
    assert statuses(run)["build"] == ("completed" if state == "success" else "skipped")


def test_the_webhook_relay_delivers_to_each_target_and_counts_those_that_refuse(client: Client, web: Web) -> None:
    targets = [web.url("/relay-a"), web.url("/fails/relay")]
    given = {"slug": "relay-at-work", "targets": targets, "max_attempts": 2, "initial_interval": 0}
    run = ran(client, "webhook-relay", {"order": 7}, **given)
    assert run["output"] == {"delivered": 1, "failed": 1}
    assert web.bodies("/relay-a") == [{"order": 7}]
    assert web.bodies("/fails/relay") == [{"order": 7}] * 2


def test_the_nightly_clean_up_deletes_what_is_old(client: Client, web: Web) -> None:
    urls = {"list_url": web.url("/records"), "delete_url": web.url("/things/"), "report_url": web.url("/cleaned")}
    run = ran(client, "nightly-cleanup", **urls, pause_seconds=0)
    assert run["output"] == {"found": 1, "failed": 0}
    assert [path for method, path, _ in web.got if method == "DELETE"] == ["/things/1"]
    assert web.bodies("/cleaned") == [{"run_id": run["id"], "found": 1, "failed": 0}]


def test_the_agent_research_is_done_by_one_agent_and_summed_up_by_another(
    client: Client, served: Served, web: Web, model: ModelServer, tmp_path: Path
) -> None:
    """Agents are put by the command line, beside the server that runs them."""
    config = {"provider": "local", "model": "m-1", "api_url": f"{model.url}/v1"}
    look = {"id": "look_up", "description": "Looks a topic up.", "config": {"url": web.url("/topics")}}
    agents = {
        "researcher": {"instructions": "You research.", "tools": [look], "model": {"config": config}},
        "writer": {"instructions": "You write.", "model": {"config": config}},
    }
    for name, agent in agents.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(agent))
        put = stepweave("agents", "put", str(path), home=served.home)
        assert put.returncode == 0, put.stderr
    model.says(calls(("look_up", {"topic": "owls"})), said("- Owls fly."), said("Owls fly, they found."))
    run = ran(client, "agent-research", {"topic": "owls"}, publish_url=web.url("/published"), words=50)
    assert run["output"] == {"summary": "Owls fly, they found."}
    research, summarise = run["step_runs"][:2]
    assert (research["usage"]["m-1"]["requests"], summarise["usage"]["m-1"]["requests"]) == (2, 1)
    assert web.bodies("/published") == [{"topic": "owls", "summary": "Owls fly, they found."}]
    goals = [body["messages"][1]["content"] for body in model.asked()]
    assert "owls" in goals[0]
    assert goals[2] == "Summarise these findings in at most 50 words:\n\n- Owls fly."
    assert [path for _, path, _ in web.got if path.startswith("/topics")] == ["/topics?topic=owls"]
