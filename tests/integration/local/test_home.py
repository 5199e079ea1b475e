"""One process per data folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from stepweave.local.home import Home, HomeInUse

OWNER = """
import sys
from pathlib import Path
from stepweave.local.home import Home
home = Home(Path(sys.argv[1]))
home.own()
print("owned", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_told_who_owns_the_folder(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "owned\n"
    with pytest.raises(HomeInUse, match=f"process {child.pid}"):
        Home(tmp_path).own()
    child.communicate("", timeout=20)
    home = Home(tmp_path)
    home.own()
    home.release()


def test_a_kept_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.key() is None
    home.keep_key("sw_x_y")
    assert home.key() == "sw_x_y"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
