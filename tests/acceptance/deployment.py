"""The template of this repository (or of an older state of it), built and deployed to an emulator."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from acceptance.emulator import ROOT, Emulator
from acceptance.repairs import MACHINE, repair, switch_on_what_a_table_was_made_without, take_plain_http

SAM = Path(sys.executable).parent / "sam"
PLATFORM = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}[MACHINE]
PARAMETERS = {
    # The emulator has no tenants.
    "ScriptTenantIsolation": "false",
    # The web servers of the tests.
    "HttpAllowedHosts": "127.0.0.1",
}


@dataclass
class Deployment:
    """A deployed stack. `ramp`: the answers of its cold API, by the number of clients that asked at once."""

    emulator: Emulator
    stack: str
    outputs: dict[str, str]
    key: str
    ramp: dict[str, list[int]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where its HTTP API answers: by path, since the name of its host does not resolve."""
        api = self.outputs["ApiUrl"].partition("://")[2].partition(".")[0]
        return f"{self.emulator.url}/_aws/execute-api/{api}/$default"


def build(source: Path, into: Path, scratch: Path) -> float:
    """`sam build` for this machine, then the repairs of what it built; gives the seconds that it took."""
    begun = time.monotonic()
    run(
        [SAM, "build", "--build-dir", into, "--cache-dir", into.with_name("cache"), "--cached", "--parallel"],
        cwd=source,
        # The whole environment, since it may say how packages are reached.
        env=dict(os.environ)
        | {"STEPWEAVE_LAYER_PLATFORM": PLATFORM, "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"},
    )
    took = time.monotonic() - begun
    repair(into, scratch)
    return took


def deploy(emulator: Emulator, built: Path, stack: str, parameters: Mapping[str, str] = PARAMETERS) -> dict[str, str]:
    """`sam deploy`, as an operator does it; gives the stack's outputs."""
    chosen = [f"{name}={value}" for name, value in parameters.items()]
    run(
        [
            *(SAM, "deploy", "--template-file", built / "template.yaml", "--stack-name", stack, "--resolve-s3"),
            *("--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"),
            *("--no-fail-on-empty-changeset", "--parameter-overrides", *chosen),
        ],
        cwd=built,
        env=emulator.environment,
    )
    found = emulator.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}
    switch_on_what_a_table_was_made_without(emulator, outputs["TableName"])
    take_plain_http(emulator, outputs["BucketName"])
    return outputs


def ramp(url: str, key: str) -> dict[str, list[int]]:
    """Statuses of a request of one client, then of more and more at once: each time, half of the functions are cold."""

    def ask(_: int) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return urllib3.request("GET", f"{url}/api/workflows", headers=headers, retries=False, timeout=60).status

    found = {}
    for clients in (1, 2, 5, 10):
        with ThreadPoolExecutor(clients) as pool:
            found[str(clients)] = list(pool.map(ask, range(clients)))
    return found


def first_key(emulator: Emulator, stack: str) -> str:
    """What the output FirstKeyCommand says."""
    command = [sys.executable, "-m", "stepweave.local.cli", "keys", "create", "--role", "admin", "--stack", stack]
    return run(command, cwd=ROOT, env=emulator.environment).strip()


def run(command: list[object], cwd: Path, env: Mapping[str, str]) -> str:
    """What a command that succeeds prints; whatever it said is told where it fails."""
    words = [str(part) for part in command]
    ended = subprocess.run(words, cwd=cwd, env=dict(env), capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, f"{json.dumps(words)}\n{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
    return ended.stdout
