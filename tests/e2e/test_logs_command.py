"""`stepweave logs`, beside a server, after it was killed, and after another has served the folder."""

import json
import signal
from pathlib import Path

import pytest

from served import serve, stepweave

pytestmark = pytest.mark.embedded

CANARY = "input-canary-41"
DEFINITION = {
    "name": "Logged",
    "steps": [
        {"id": "a", "type": "script", "config": {"language": "shell", "source": "cat", "input": "{{ input.text }}"}},
        {"id": "b", "type": "http_request", "config": {"url": "http://{{ input.text }}.invalid/"}, "depends_on": ["a"]},
    ],
}


def test_the_lines_of_a_run_are_gathered_whatever_becomes_of_the_server(tmp_path: Path) -> None:
    home = tmp_path / "home"
    server = serve(home)
    client = server.client
    workflow_id = client.post("/api/workflows", {"definition": DEFINITION})["id"]
    body = {"input_data": {"text": CANARY}}
    run_id = client.post(f"/api/workflows/{workflow_id}/run?wait=20", body)["run"]["id"]
    told = stepweave("logs", run_id, home=home)
    server.end(signal.SIGKILL)
    serve(home).end()
    again = stepweave("logs", run_id, "--json", home=home)
    recent = stepweave("logs", run_id, "--since", "0", home=home)
    wrong = stepweave("logs", "run_1", home=home)

    assert told.returncode == 0, told.stderr
    said = [line.split()[2] for line in told.stdout.splitlines() if line[:2] == "20"]
    assert said[0] == "run_started"
    assert {"step_settled", "run_finished", "request"} <= set(said)
    messages = [json.loads(line)["message"] for line in again.stdout.splitlines()]
    assert messages[: len(said)] == said
    assert CANARY not in told.stdout + again.stdout
    assert (recent.returncode, recent.stdout) == (1, "")
    assert f"nothing in {home}/log is about {run_id}" in recent.stderr
    assert wrong.returncode == 1
    assert "is no id of a run" in wrong.stderr
