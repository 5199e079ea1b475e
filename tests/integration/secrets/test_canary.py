"""Secrets that others send back in every form, and a search for them wherever a run leaves something."""

import html
import json
import threading
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import urllib3

from stepweave.domain.secret import Secret
from stepweave.local import embedded
from stepweave.local.client import Client
from stepweave.local.embedded import TABLE_NAME
from stepweave.local.secrets import LocalSecrets
from stepweave.local.stack import EmbeddedStack

SPECIAL = 'cänary/"Z+w?x%&=<\\>~0123456789'
PLAIN = "tok-Canary-77aa88bb99cc"
KEY = f"whsec_{b64encode(b'canary-key-canary-key-0123456789').decode()}"
CANARIES = {"special": SPECIAL, "plain": PLAIN, "hook_key": KEY}
FINISHED = {"completed", "failed"}


def forms(text: str) -> Iterator[str]:
    """Every form that the server below sends a text back in, and pieces of it in base64."""
    data = text.encode()
    yield from (text, quote(text), quote(text, safe=""), quote_plus(text), html.escape(text), data.hex())
    yield from (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    yield json.dumps(json.dumps(text, ensure_ascii=False), ensure_ascii=False)[3:-3]
    for before in range(3):
        inner = b64encode(bytes(before) + data)[4:-4].decode()
        yield from (inner, inner.replace("+", "-").replace("/", "_"))


class Echo(BaseHTTPRequestHandler):
    """Answers with all that it was sent, in many forms; the last part of the path is the status."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        got = [self.path, *self.headers.values(), body]
        got += [value.encode("latin-1").decode("utf-8", "replace") for value in self.headers.values()]
        every: list[Any] = []
        for text in got:
            data = text.encode()
            every += [text, quote(text), quote(text, safe=""), quote_plus(text), html.escape(text), data.hex()]
            every += [json.dumps(text), json.dumps(text, ensure_ascii=False), json.dumps(json.dumps(text))]
            every += [b64encode(b"x" * n + data).decode() for n in range(3)]
            every += [urlsafe_b64encode(b"x" * n + data).decode() for n in range(3)]
            every += [{text: [text]}]
        if self.path.startswith("/login"):
            every = [{"access_token": PLAIN[::-1] + "-given"}]
        answer = json.dumps(every[0] if self.path.startswith("/login") else {"every": every}).encode()
        self.send_response(int(self.path.partition("?")[0].rpartition("/")[2]))
        self.send_header("content-type", "application/json")
        self.send_header("x-echo", quote(body))
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: Any) -> None:
        """Nothing is said."""


@pytest.fixture
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def steps(echo: str) -> list[dict[str, Any]]:
    base, special, plain = f"http://{echo}", "{{ secrets.special }}", "{{ secrets.plain }}"
    once = {"retry": {"max_attempts": 1}, "on_error": "continue"}
    oauth = {"type": "oauth2", "token_url": f"{base}/login/200", "client_id": "c", "client_secret": plain}
    printing = (
        "import os, json, base64, sys\ns = os.environ['S']\n"
        "print(s, base64.b64encode(s.encode()).decode(), json.dumps(s))\n"
        "sys.stderr.write(s * 3000)\njson.dump({s: [s]}, open(os.environ['STEPWEAVE_RESULT'], 'w'))\n"
    )
    script = {"language": "python", "source": printing, "env": {"S": special}}
    failing = {"language": "shell", "source": f"echo {plain}; echo $S >&2; exit 3", "env": {"S": special}}
    return [
        {"id": "headers", "type": "http_request", "config": {"url": f"{base}/200", "headers": {"X-Key": special}}},
        {"id": "url", "type": "http_request", "config": {"url": f"{base}/{plain}/200", "query": {"k": special}}},
        {
            "id": "body",
            "type": "http_request",
            "config": {"url": f"{base}/200", "method": "POST", "json": {"k": special}},
        },
        {
            "id": "form",
            "type": "http_request",
            "config": {"url": f"{base}/200", "method": "POST", "form": {"k": special}},
        },
        {
            "id": "basic",
            "type": "http_request",
            "config": {"url": f"{base}/200", "auth": {"type": "basic", "username": "user", "password": special}},
        },
        {"id": "oauth", "type": "http_request", "config": {"url": f"{base}/200", "auth": oauth}},
        {"id": "refused", "type": "http_request", "config": {"url": f"{base}/{plain}/400"}, **once},
        {"id": "unsent", "type": "http_request", "config": {"url": f"http://{plain}:x/"}, **once},
        {
            "id": "hook",
            "type": "webhook",
            "config": {"url": f"{base}/200", "payload": {"k": plain}, "secret": "{{ secrets.hook_key }}"},
        },
        {
            "id": "gone",
            "type": "webhook",
            "config": {"url": f"{base}/410", "payload": {"k": plain}, "secret": "{{ secrets.hook_key }}"},
            "on_error": "continue",
        },
        {"id": "says", "type": "script", "config": script},
        {"id": "fails", "type": "script", "config": failing, **once},
        {
            "id": "loops",
            "type": "loop",
            "config": {
                "items": [1, 2],
                "steps": [{"id": "each", "type": "http_request", "config": {"url": f"{base}/{plain}/200"}}],
            },
        },
    ]


def left_by_the_run(client: Client, workflow_id: str, run_id: str) -> str:
    """All that AWS and the API have of it."""
    states = embedded.client("stepfunctions")
    found: list[Any] = [embedded.client("dynamodb").scan(TableName=TABLE_NAME)["Items"]]
    for machine in states.list_state_machines()["stateMachines"]:
        found.append(states.describe_state_machine(stateMachineArn=machine["stateMachineArn"]))
        for execution in states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]:
            found.append(states.describe_execution(executionArn=execution["executionArn"]))
            found.append(states.get_execution_history(executionArn=execution["executionArn"]))
    s3 = embedded.client("s3")
    for item in s3.list_objects_v2(Bucket=embedded.BUCKET_NAME).get("Contents", []):
        body = s3.get_object(Bucket=embedded.BUCKET_NAME, Key=item["Key"])["Body"].read().decode()
        found += [body, json.loads(body)]
    paths = [f"/api/workflows/runs/{run_id}", f"/api/workflows/{workflow_id}", f"/api/workflows/{workflow_id}/runs"]
    run = client.get(paths[0])["run"]
    paths += [step["output_url"] for step in run["step_runs"] if step.get("output_url")]
    for path in paths:
        found.append(client.get(path))
    headers = {"Authorization": f"Bearer {client.key}"}
    story = urllib3.request("GET", f"{client.url}{paths[0]}/stream", headers=headers, timeout=10)
    assert story.status == 200
    assert b"step_completed" in story.data
    found.append(story.data.decode())
    return "\n".join(f"{each}\n{json.dumps(each, default=str, ensure_ascii=False)}" for each in found)


def test_a_secret_that_comes_back_in_every_form_is_found_nowhere(
    echo: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    with EmbeddedStack(home) as stack:
        secrets = LocalSecrets(stack.home.secrets)
        for name, value in CANARIES.items():
            secrets.set(name, Secret(value))
        stack.start(allowed_hosts=echo)
        client = Client(stack.url, stack.key())
        definition = {"name": "Canary", "steps": steps(echo)}
        workflow_id = client.post("/api/workflows", {"definition": definition})["id"]
        run_id = client.post(f"/api/workflows/{workflow_id}/run", {})["run_id"]
        ends_at = time.monotonic() + 60
        while (run := client.get(f"/api/workflows/runs/{run_id}")["run"])["status"] not in FINISHED:
            assert time.monotonic() < ends_at, run
            time.sleep(0.05)
        found = left_by_the_run(client, workflow_id, run_id)
    said = capfd.readouterr()
    found += said.out + said.err
    for path in home.rglob("*"):
        if path.is_file() and path.name != "secrets.json":
            with suppress(FileNotFoundError):
                found += path.read_bytes().decode("latin-1") + path.read_bytes().decode("utf-8", "replace")

    settled = {step["step_id"]: (step["status"], (step["error"] or {}).get("code")) for step in run["step_runs"]}
    wanted = {step["id"]: ("completed", None) for step in definition["steps"]} | {"each": ("completed", None)}  # type: ignore[attr-defined]
    wanted |= {"refused": ("failed", "http_status"), "unsent": ("failed", "invalid_url"), "gone": ("failed", "gone")}
    wanted |= {"fails": ("failed", "script_failed")}
    assert settled == wanted
    assert found.count("********") > 500
    for name, value in CANARIES.items():
        assert [form for form in forms(value) if form in found] == [], name
    assert f"{PLAIN[::-1]}-given" not in found
