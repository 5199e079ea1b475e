"""What commands write: results to standard output, complaints to standard error, and what functions print to a log.

On AWS a function's standard output is its log in CloudWatch; here it goes to a file in the data folder.
"""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from stepweave.local.log_file import LogFile

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
def logged(path: Path, *, echoed: bool = False) -> Iterator[LogFile]:
    """What functions print goes to that log; `echoed`: and to standard error."""
    log = LogFile(path, echo=sys.stderr if echoed else None)
    with contextlib.redirect_stdout(cast(IO[str], log)):
        yield log
