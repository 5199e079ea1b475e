"""What a script can find out about the process around it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stepweave.steps.seclusion import CREDENTIALS, sweep

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="proc(5) is Linux's")

PROBE = """
import os, sys
found = []
for pid in (os.getppid(),):  # all others of the sandbox are the script's, or were not given what Lambda gives
    for what in ("environ", "mem"):
        try:
            with open(f"/proc/{pid}/{what}", "rb") as file:
                if what == "mem":
                    for line in open(f"/proc/{pid}/maps"):
                        span, mode = line.split()[:2]
                        start, end = (int(each, 16) for each in span.split("-"))
                        if "rw" not in mode or end - start > 50_000_000:
                            continue
                        file.seek(start)
                        if b"planted-" + b"credential" in file.read(end - start):
                            found.append(what)
                elif b"planted-" + b"credential" in file.read():
                    found.append(what)
        except OSError:
            pass
print(sorted(set(found)))
"""
FUNCTION = """
import ctypes, os, sys
for capability in range(64):  # as on Lambda: a user without privileges
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
if "again" not in sys.argv:
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:], "again"])
from stepweave.steps.script_runner import run_script
from stepweave.steps.seclusion import hide_process
if "hide" in sys.argv:
    hide_process(os.environ)
print(run_script({"language": "python", "source": sys.argv[1], "env": {}}, 30)["stdout"])
"""


@linux_only
@pytest.mark.parametrize(("how", "found"), [("hide", "[]"), ("show", "['environ', 'mem']")])
def test_a_script_finds_credentials_nowhere_in_proc_once_the_function_has_hidden_them(how: str, found: str) -> None:
    """That it does find them where nothing is hidden shows that it looks in the right places."""
    credentials = dict.fromkeys(CREDENTIALS, "planted-credential")
    answer = subprocess.run(
        [sys.executable, "-c", FUNCTION, PROBE, how],
        env={**os.environ, **credentials},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert answer.stdout.strip() == found, answer.stderr


def test_a_folder_is_emptied_whatever_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "locked" / "inside").mkdir(parents=True)
    (tmp_path / "locked" / "inside" / "file").write_text("x")
    (tmp_path / "locked" / "inside").chmod(0)
    (tmp_path / "locked").chmod(0)
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path.parent)
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert tmp_path.parent.exists()
