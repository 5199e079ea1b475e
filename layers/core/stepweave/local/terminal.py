"""What commands write: results to standard output, complaints to standard error, and what functions print to a log.

On AWS a function's standard output is its log in CloudWatch; here it goes to a file in the data folder.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str) -> None:
    """At once, also into a pipe."""
    out = _standard_output()
    out.write(f"{text}\n")
    out.flush()


def complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def console(*, quiet: bool = False) -> "Console":
    """rich on standard output, plain text when that is no terminal; loaded by the commands that show progress alone."""
    from rich.console import Console

    return Console(file=_standard_output(), quiet=quiet, highlight=False, soft_wrap=True)


def _standard_output() -> IO[str]:
    """The process's own, also while `logged` sends what others print elsewhere."""
    return sys.__stdout__ or sys.stdout


@contextlib.contextmanager
def logged(path: Path | None) -> Iterator[None]:
    """What functions print goes to that file, begun anew; None: to standard error."""
    if path is None:
        with contextlib.redirect_stdout(sys.stderr):
            yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not closed: a function that is still at work when the stack ends may print once more.
    log = contextlib.ExitStack().enter_context(path.open("w", encoding="utf-8", buffering=1))
    with contextlib.redirect_stdout(log):
        yield


def errors_of(path: Path) -> Iterator[str]:
    """What a log says of unexpected failures, for a folder that is about to be thrown away."""
    for line in path.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and entry.get("level") == "ERROR":
                yield str(entry.get("exception") or entry.get("message"))
