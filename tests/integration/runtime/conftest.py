"""Functions as Lambda runs them: AWS's runtime interface emulator, the runtime client, and the entry points of
`functions/`, with moto as a separate server for the AWS around them."""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import boto3
import pytest
import samcli
import urllib3
from botocore.config import Config

from stepweave.adapters.api_key_store import ApiKeyStore
from stepweave.adapters.table import TABLE, Table
from stepweave.domain.api_key import ApiKey, secret_hash

ROOT = Path(__file__).parents[3]
REGION = "eu-central-1"
READY_SECONDS = 30.0
_http = urllib3.PoolManager(timeout=urllib3.Timeout(60), retries=False)


SAMPLE_KEY = ApiKey(
    "key_01KAFZ5Y0M5VJ3R1XQZ0W8T4CN",
    "samples",
    "write",
    secret_hash("the-key-of-the-sample-events"),
    "2026-11-21T16:00:00.000Z",
)
"""The key that the files of `events/` send."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", what: str) -> None:
    """Returns once it is ready; fails when the process ends before, or too much time passes."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"{what} ended with exit code {process.returncode} before it was ready")
        if ready():
            return
        time.sleep(0.02)
    pytest.fail(f"{what} was not ready after {READY_SECONDS:g} s")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process and what it started: it leads a process group of its own."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


@dataclass
class Emulator:
    """One function. Calls must come one at a time: the emulator falls over two at once."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def invoke_text(self, event: Any) -> str:
        """The answer as it came; errors and time-outs come with HTTP status 200 too."""
        answer = _http.request(
            "POST",
            f"{self.url}/2015-03-31/functions/function/invocations",
            body=json.dumps(event).encode(),
            headers={"Content-Type": "application/json"},
        )
        return answer.data.decode()

    def invoke(self, event: Any) -> Any:
        return json.loads(self.invoke_text(event))

    def logged(self) -> list[dict[str, Any]]:
        """The structured lines that the function has written so far."""
        lines = (line.strip() for line in self.log.read_text(errors="replace").splitlines())
        return [json.loads(line) for line in lines if line.startswith("{")]


Start = Callable[..., Emulator]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts a function of `functions/` with an environment, and ends it after the module's tests."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(function: str, env: Mapping[str, str] | None = None, *, timeout: int = 30) -> Emulator:
        port, runtime_port = free_port(), free_port()
        log = tmp_path_factory.mktemp(function) / "log"
        machine = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
        binary = Path(samcli.__file__).parent / "local" / "rapid" / f"aws-lambda-rie-{machine}"
        command = [str(binary), "--log-level", "error"]
        command += ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
        command += ["--runtime-api-address", f"127.0.0.1:{runtime_port}"]
        command += [sys.executable, "-m", "awslambdaric", "app.handler"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT / "functions" / function,
                env=lambda_environment(function, timeout) | dict(env or {}),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running.append(process)
        wait_until(lambda: listens(port), process, f"the emulator of {function}")
        return Emulator(port, log)

    yield begin
    for process in running:
        stop(process)


def lambda_environment(function: str, timeout: int) -> dict[str, str]:
    """What Lambda itself sets."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "layers" / "core"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@dataclass
class Aws:
    """A moto server with a table, a bucket and the key of the sample events."""

    url: str

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(account_id_endpoint_mode="disabled", s3={"addressing_style": "path"}),
        )

    @property
    def environment(self) -> dict[str, str]:
        """What the template sets, for functions that work on this AWS."""
        return {
            "TABLE_NAME": "stepweave-table",
            "BUCKET_NAME": "stepweave-bucket",
            "STACK_PREFIX": "stepweave",
            "RUN_STEP_ARN": f"arn:aws:lambda:{REGION}:123456789012:function:stepweave-run-step",
            "MACHINE_ROLE_ARN": "arn:aws:iam::123456789012:role/stepweave-machine",
            "MACHINE_LOG_GROUP_ARN": f"arn:aws:logs:{REGION}:123456789012:log-group:/aws/vendedlogs/states/stepweave:*",
            "WORKFLOW_MAX_CONCURRENT_RUNS": "10",
            "POWERTOOLS_METRICS_NAMESPACE": "Stepweave",
            "POWERTOOLS_SERVICE_NAME": "stepweave",
            "LOG_LEVEL": "INFO",
            "AWS_ENDPOINT_URL": self.url,
        }


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    port = free_port()
    with (tmp_path_factory.mktemp("moto") / "log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": REGION},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until(lambda: listens(port), process, "the moto server")
        one = Aws(f"http://127.0.0.1:{port}")
        one.client("dynamodb").create_table(TableName=one.environment["TABLE_NAME"], **TABLE)
        one.client("s3").create_bucket(
            Bucket=one.environment["BUCKET_NAME"], CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        ApiKeyStore(Table(one.client("dynamodb"), one.environment["TABLE_NAME"])).add(SAMPLE_KEY)
        yield one
    finally:
        stop(process)


class Front(BaseHTTPRequestHandler):
    """One endpoint for a whole AWS: Lambda's calls go to a function's emulator, all others to moto."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    scripts: Emulator
    rest: Aws

    def forward(self) -> None:
        target = self.rest.url + self.path
        if self.path.startswith("/2015-03-31/functions/"):
            target = f"{self.scripts.url}/2015-03-31/functions/function/invocations"
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = _http.request(self.command, target, body=body, headers=dict(self.headers), redirect=False)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in {"connection", "content-length", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.data)))
        self.end_headers()
        self.wfile.write(answer.data)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def endpoint(aws: Aws, start: Start) -> Iterator[str]:
    """The address of an AWS whose Lambda runs scripts in the emulator of `run_script`."""
    methods = {f"do_{method}": Front.forward for method in ("GET", "POST", "PUT", "HEAD", "DELETE")}
    handler = type("BoundFront", (Front,), {"scripts": start("run_script"), "rest": aws, **methods})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


class Gate(Front):
    """An AWS that can be told to refuse every call (`denies`), or to answer none (`deaf`); else it is moto."""

    mode = "open"
    opened = Event()

    def forward(self) -> None:
        if self.mode == "open":
            super().forward()
            return
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.mode == "deaf":
            self.close_connection = True
            self.opened.wait(60)
            return
        told = json.dumps({"__type": "AccessDeniedException", "message": "secret-of-the-account"}).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)


@pytest.fixture(scope="module")
def gate(aws: Aws) -> Iterator[tuple[str, type[Gate]]]:
    """The address of an AWS that a test can spoil, and the class whose `mode` does it."""
    methods = {f"do_{method}": Gate.forward for method in ("GET", "POST", "PUT", "HEAD", "DELETE")}
    handler = type("BoundGate", (Gate,), {"rest": aws, "opened": Event(), **methods})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        handler.opened.set()
        server.shutdown()
        serving.join()


@pytest.fixture(scope="session")
def event() -> Callable[[str], dict[str, Any]]:
    """Loads a file of `events/` by its path without the ending."""

    def load(name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
        return loaded

    return load
