"""The emulator of AWS that the template is deployed to: MiniStack, a process of its own on 127.0.0.1."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.config import Config

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".acceptance"
REGION = "eu-central-1"
ACCOUNT = "000000000000"
START_SECONDS = 60.0


@dataclass(frozen=True)
class Emulator:
    """A running one. `folder`: its log, and whatever its functions write."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a tool of AWS needs to work against it, and nothing of the machine's own credentials."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
            "TMPDIR": str(self.folder),
        }

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(account_id_endpoint_mode="disabled", retries={"max_attempts": 1}),
        )


@contextmanager
def emulator(folder: Path) -> Iterator[Emulator]:
    """Starts one in a clean environment, with the roles of functions enforced, and ends it and all that it started."""
    folder.mkdir(parents=True, exist_ok=True)
    one = Emulator(free_port(), folder)
    # It binds every interface unless told, and two listeners besides that nothing here uses.
    own = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(one.port), "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0"}
    own |= {"AUTH": "true", "MINISTACK_HOST": "127.0.0.1", "MINISTACK_REGION": REGION, "LOG_LEVEL": "INFO"}
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen(
            [WORK / "emulator" / "bin" / "python", "-m", "ministack"],
            env=one.environment | own,
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(one, process)
        yield one
    finally:
        _end(process)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_ready(one: Emulator, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, (one.folder / "emulator.log").read_text()[-2000:]
        try:
            if urllib3.request("GET", f"{one.url}/_ministack/ready", retries=False, timeout=2).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
    raise AssertionError(f"the emulator was not ready after {START_SECONDS:g} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Its functions are processes of its group, which it leads."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
