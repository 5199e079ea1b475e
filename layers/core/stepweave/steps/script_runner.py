"""Runs one script in a process group and a folder of its own, of which nothing is left afterwards.

What the script gets: its input as JSON on stdin, and in the file that `$STEPWEAVE_INPUT` names; the variables PATH,
HOME and TMPDIR (its folder), LANG, `STEPWEAVE_RESULT`, and those that the step declares; nothing of our own.
Python scripts run isolated (`-I`): the standard library, no `PYTHON*` variables, nothing of Stepweave's own packages.

Used by the function `run_script`, which has no permissions, and by the embedded stack. Standard library only.
"""

import json
import math
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from stepweave.domain.json_value import parse_json
from stepweave.steps.captured import Captured
from stepweave.steps.orphans import end_orphans, starting
from stepweave.steps.watch import Watch

MAX_RESULT_BYTES = 5 * 1024 * 1024
"""With output and envelope below the 6 MB that Lambda answers at most (Lambda quotas)."""
MAX_OPEN_FILES = 512
"""Of each process of a script."""
# A shell sets the limits and becomes the script: code between fork and exec could deadlock in a process with threads.
# The limit of CPU time ends a script that runs on when our own process was killed and can no longer end it.
# Its stdin is a lifeline, a pipe that nobody writes to: it ends when our own process does, were it by `kill -9`. Then a
# guard ends the script's process group, which is also its own, so that no other can be meant. It is nobody's child: a
# script that waits for all its children does not wait for it.
# Shells differ in how they call the number of processes: `-u` in bash, `-p` in dash.
_LIMITED = """ulimit -c 0; ulimit -f "$1"; ulimit -t "$2"; ulimit -n "$3"; [ -z "$4" ] || ulimit -v "$4"
[ -z "$5" ] || ulimit -u "$5" 2>/dev/null || ulimit -p "$5" || exit 126
shift 5
exec 3<&0
( { read -r line <&3; kill -9 0; } >/dev/null 2>&1 & )
exec "$@" <"$STEPWEAVE_INPUT" 3<&-"""


class LocalScripts:
    """The port `Scripts` in this process."""

    def run(self, request: Mapping[str, Any], timeout_seconds: float) -> Mapping[str, Any]:
        return run_script(request, timeout_seconds)


def run_script(
    request: Mapping[str, Any],
    timeout_seconds: float,
    *,
    memory_bytes: int | None = None,
    processes: int | None = None,
    parent: Path | None = None,
    stopped: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """`request`: `{language, source, input, env}` -> `{exit_code, stdout, stderr, result, result_error, timed_out,
    stopped}`; it is ended when its time is over, or as soon as it is `stopped`.

    A script that a signal ended has exit code 128 + its number, as shells say. `result_error` tells why a result cannot
    be used. `memory_bytes` bounds the address space of each process, `processes` how many the user that we run as may
    have in all (getrlimit(2), RLIMIT_NPROC: also those that have nothing to do with us, so that it is for Lambda only);
    `parent` is where its folder is made, by default where the system has its temporary files.
    """
    with tempfile.TemporaryDirectory(prefix="stepweave-", dir=parent) as name:
        folder = Path(name).resolve()
        (folder / "home").mkdir()
        (folder / "input.json").write_text(json.dumps(request.get("input")), encoding="utf-8")
        (folder / "script").write_text(request["source"], encoding="utf-8", errors="replace")
        environment = _environment(request.get("env") or {}, folder)
        limits = _limits(timeout_seconds, memory_bytes, processes)
        watch = partial(Watch, timeout_seconds, stopped=stopped)
        outcome = _run(_command(request["language"], folder), environment, folder, watch, limits)
        result, result_error = _result(folder / "result.json")
    return {**outcome, "result": result, "result_error": result_error}


def _limits(seconds: float, memory_bytes: int | None, processes: int | None) -> Sequence[str]:
    """CPU seconds, open files, kilobytes of memory, processes; empty is unlimited."""
    cpu_seconds = math.ceil(seconds + 1) * (os.cpu_count() or 1)
    kilobytes = str(memory_bytes // 1024) if memory_bytes else ""
    return [str(cpu_seconds), str(MAX_OPEN_FILES), kilobytes, str(processes or "")]


def _command(language: str, folder: Path) -> Sequence[str]:
    match language:
        case "python":
            return [_python(), "-I", "-B", "-u", "-X", "utf8", str(folder / "script")]
        case "shell":
            return ["/bin/sh", str(folder / "script")]
        case _:
            raise ValueError(f"scripts are in 'python' or 'shell', not in {language!r}")


def _python() -> str:
    """The interpreter outside of any virtual environment, so that a laptop has no more packages than Lambda."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _environment(declared: Mapping[str, str], folder: Path) -> dict[str, str]:
    home = str(folder / "home")
    return {
        "PATH": f"{Path(_python()).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        **declared,
        "STEPWEAVE_INPUT": str(folder / "input.json"),
        "STEPWEAVE_RESULT": str(folder / "result.json"),
    }


def _run(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    watch: Callable[[Callable[[], object]], Watch],
    limits: Sequence[str],
) -> dict[str, Any]:
    with _lifeline() as lifeline:
        with starting() as (file_blocks, running):
            process = subprocess.Popen(  # noqa: S603 - to run text that nobody vouches for is what this module is for
                ["/bin/sh", "-c", _LIMITED, "sh", str(file_blocks), *limits, *command],
                stdin=lifeline,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder / "home",
                env=environment,
                start_new_session=True,
            )
            running[process.pid] = file_blocks
        stdout, stderr = Captured(process.stdout), Captured(process.stderr)
        try:
            with watch(partial(_end_group, process.pid)) as watched:
                _await_end(process)
        finally:
            _end_group(process.pid)
            end_orphans(process)
    return {
        "exit_code": process.returncode if process.returncode >= 0 else 128 - process.returncode,
        "stdout": stdout.text(),
        "stderr": stderr.text(),
        "timed_out": watched.cut == "expired",
        "stopped": watched.cut == "stopped",
    }


@contextmanager
def _lifeline() -> Iterator[int]:
    """The reading end of a pipe whose other end only this process holds: both are closed to what it starts."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


def _await_end(process: subprocess.Popen[bytes]) -> None:
    """Without reaping where the system can: until then nobody else gets the number, and only ours is signalled."""
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    else:
        process.wait()


def _end_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS refuses for a group of which only a zombie is left
        os.killpg(group, signal.SIGKILL)


def _result(path: Path) -> tuple[Any, str | None]:
    """The value in the result file and None, or None and why there is none. Without a file, or empty: null."""
    try:
        content = _regular_file(path)
        value = parse_json(content) if content.strip() else None
        _check_size(json.dumps(value, ensure_ascii=False).encode())
        return value, None
    except FileNotFoundError:
        return None, None
    except _Refused as error:
        return None, str(error)
    except ValueError as error:
        return None, f"it is not JSON that can be kept ({error})"
    except OSError as error:
        return None, f"it cannot be read ({error.strerror})"


class _Refused(ValueError):
    """A result file that is not looked into."""


def _regular_file(path: Path) -> bytes:
    """Its content; a link is not followed and a pipe is not waited for. Nobody is left who could exchange the file."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise _Refused("it is not a regular file")
    with path.open("rb") as file:
        content = file.read(MAX_RESULT_BYTES + 1)
    _check_size(content)
    return content


def _check_size(content: bytes) -> None:
    """Of the file, and of the value as Lambda will write it, with blanks and with numbers in full."""
    if len(content) > MAX_RESULT_BYTES:
        raise _Refused(f"it is larger than {MAX_RESULT_BYTES} bytes")
