"""The command line as processes of their own; servers on free ports."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from stepweave.local.client import Client

COMMAND = [sys.executable, "-m", "stepweave.local.cli"]


@dataclass
class Served:
    """A running `stepweave dev`: what it printed, and a client with the key it printed."""

    process: subprocess.Popen[str] | None
    said: str
    home: Path

    @property
    def client(self) -> Client:
        return Client(self.url, self.key)

    @property
    def url(self) -> str:
        return self._found(r"serves (http://127\.0\.0\.1:\d+)")

    @property
    def key(self) -> str:
        return self._found(r"API key: (sw_\w+)")

    def _found(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found is not None, self.said
        return found[1]

    def end(self, number: int = signal.SIGINT) -> int:
        """Sends a signal and gives the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        try:
            return self.process.wait(30)
        finally:
            for stream in (self.process.stdout, self.process.stderr):
                assert stream is not None
                stream.close()


@dataclass
class Deployed(Served):
    """The stack that STEPWEAVE_E2E_STACK names, at STEPWEAVE_E2E_URL with the key STEPWEAVE_E2E_KEY.

    It serves tests that need no server of their own. Commands reach AWS by the variables AWS_..., as boto3 does.
    """

    @property
    def url(self) -> str:
        return os.environ["STEPWEAVE_E2E_URL"]

    @property
    def key(self) -> str:
        return os.environ["STEPWEAVE_E2E_KEY"]

    def end(self, number: int = signal.SIGINT) -> int:
        """Others use it still."""
        return 0


def is_deployed() -> bool:
    """Whether the tests work on a deployed stack instead of servers of their own."""
    return "STEPWEAVE_E2E_URL" in os.environ


def environment(**variables: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    if is_deployed():
        kept |= {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        kept |= {"STEPWEAVE_URL": os.environ["STEPWEAVE_E2E_URL"], "STEPWEAVE_API_KEY": os.environ["STEPWEAVE_E2E_KEY"]}
    return kept | variables


def serve(home: Path, **variables: str) -> Served:
    """Starts the server and waits until it has said what it has to say; on a deployed stack, gives that.

    Such a stack admits requests to 127.0.0.1, and has the settings of the template otherwise.
    """
    if is_deployed():
        return Deployed(None, "", home)
    process = subprocess.Popen(
        [*COMMAND, "dev", "--port", "0", "--home", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**variables),
    )
    assert process.stdout is not None
    said = ""
    while "Ctrl-C ends it" not in said:
        line = process.stdout.readline()
        assert line, f"it ended early: {said}{process.stderr.read() if process.stderr else ''}"
        said += line
    return Served(process, said, home)


def stepweave(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    """One command, to its end; on a deployed stack, what works on records works on that stack's."""
    if is_deployed() and arguments[0] in {"agents", "keys"}:
        arguments = (*arguments, "--stack", os.environ["STEPWEAVE_E2E_STACK"])
    variables = {"STEPWEAVE_HOME": str(home)} if home else {}
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, env=environment(**variables), timeout=120, check=False
    )
