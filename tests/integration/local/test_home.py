"""One process per data folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from stepweave.local.home import Home, HomeInUse, HomeUnusable
from stepweave.local.journal import Journal

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


def test_a_new_folder_and_its_data_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    home.own()
    assert home.folder.stat().st_mode & 0o777 == 0o700
    Journal(home.journal).close()
    for path in (home.journal, home.log):
        assert path.stat().st_mode & 0o777 == 0o600
    home.release()


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(HomeUnusable, match=r"cannot be the data folder: .*STEPWEAVE_HOME"):
            Home(folder)


def test_a_folder_in_which_no_file_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(HomeUnusable, match="directory"):
        Home(tmp_path).own()
