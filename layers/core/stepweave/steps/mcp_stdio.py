"""An MCP server as a process of this machine, which speaks on its standard input and output. On a laptop alone."""

import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from stepweave.domain.json_value import parse_json
from stepweave.errors import StepError
from stepweave.steps.mcp_session import Message

_LONGEST_LINE = 10 * 1024 * 1024
_ENDED = object()


class StdioPeer:
    """The port `mcp_session.Peer`. The process gets PATH, HOME and what is declared, and leads a group of its own."""

    def __init__(self, server: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._server = server
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - who may put agents on a laptop may run what they like there
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**kept, **env},
                start_new_session=True,
            )
        except OSError as error:
            raise StepError("mcp_failed", f"The MCP server '{server}' cannot be started: {error.strerror}.") from error
        if self._process.stdin is None or self._process.stdout is None:
            raise ValueError("the process has to be started with pipes")
        self._input, self._output = self._process.stdin, self._process.stdout
        self._lines: queue.Queue[Any] = queue.Queue()
        self._reader = threading.Thread(target=self._read, name="mcp", daemon=True)
        self._reader.start()

    def ask(self, message: Message, timeout_seconds: float) -> Message:
        """What comes meanwhile and is no answer to it is passed over."""
        self.tell(message, timeout_seconds)
        while True:
            try:
                line = self._lines.get(timeout=timeout_seconds)
            except queue.Empty:
                text = f"The MCP server '{self._server}' did not answer in time."
                raise StepError("timeout", text, kind="timeout") from None
            if line is _ENDED:
                raise StepError("mcp_failed", f"The MCP server '{self._server}' ended.")
            with suppress(ValueError):
                answer = parse_json(line)
                if isinstance(answer, Mapping) and answer.get("id") == message["id"]:
                    return answer

    def tell(self, message: Message, timeout_seconds: float) -> None:  # noqa: ARG002 - the port's
        try:
            self._input.write(json.dumps(message).encode() + b"\n")
            self._input.flush()
        except OSError as error:
            raise StepError("mcp_failed", f"The MCP server '{self._server}' ended.") from error

    def agree(self, version: str) -> None:
        """Nothing is said of it on this transport."""

    def close(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        for stream in (self._input, self._output):
            with suppress(OSError):
                stream.close()

    def _read(self) -> None:
        while line := self._output.readline(_LONGEST_LINE):
            self._lines.put(line)
        self._lines.put(_ENDED)
