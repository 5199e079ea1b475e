"""What the process around a script hides from it, and clears up after it, in the function that runs scripts.

A script is run by the same user as the function. So it could read what the kernel shows of the function's process: the
environment that Lambda started it with, credentials in it, and all of its memory. A process that is not "dumpable"
shows neither to anybody without privileges (proc(5), prctl(2): PR_SET_DUMPABLE); what it starts is dumpable again.
"""

import ctypes
import os
import shutil
import stat
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path

_PR_SET_DUMPABLE = 4
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def hide_process(environment: MutableMapping[str, str]) -> None:
    """Hides this process from those of scripts, and forgets the credentials that it has no use for."""
    for name in CREDENTIALS:
        environment.pop(name, None)
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def sweep(folder: Path) -> None:
    """Empties a folder that is for scripts alone, also of what a script has locked away."""
    for path in list(folder.iterdir()):
        if not stat.S_ISDIR(path.lstat().st_mode):
            path.unlink()
            continue
        _unlock(path)
        shutil.rmtree(path)


def _unlock(folder: Path) -> None:
    """From the top down: a folder shows its content only once it is unlocked."""
    os.chmod(folder, 0o700)
    with suppress(FileNotFoundError):
        for path in list(folder.iterdir()):
            if stat.S_ISDIR(path.lstat().st_mode):
                _unlock(path)
