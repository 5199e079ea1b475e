"""`stepweave secrets`, as a process of its own: a value comes in by standard input only."""

import json
import stat
import subprocess
from pathlib import Path

import pytest

from served import COMMAND, environment

pytestmark = pytest.mark.embedded


def secrets(home: Path, *arguments: str, value: str = "") -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "secrets", *arguments, "--home", str(home)]
    return subprocess.run(
        command, input=value, capture_output=True, text=True, env=environment(), timeout=60, check=False
    )


def test_a_secret_is_set_listed_and_removed_and_its_value_never_shown(tmp_path: Path) -> None:
    done = secrets(tmp_path, "set", "api", "--host", "api.example.com", "--workflow", "wf_1", value="hunter2\n")
    assert (done.returncode, done.stdout) == (0, "")
    assert "{{ secrets.api }}" in done.stderr
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    listed = secrets(tmp_path, "list")
    assert listed.stdout == "api  host=api.example.com  workflow=wf_1\n"
    assert secrets(tmp_path, "rm", "api").returncode == 0
    gone = secrets(tmp_path, "rm", "api")
    assert (gone.returncode, "there is no secret 'api'" in gone.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "value", "says"),
    [
        (["set", "a.b"], "hunter2", "is no name of a secret"),
        (["set", "api"], "short", "less than 6 characters"),
        (["set", "api", "--host", "*.example.com"], "hunter2", "neither `host` nor `host:port`"),
        (["set", "api", "--workflow", "mine"], "hunter2", "is no id of a workflow"),
        (["set", "api"], "x" * 4_097, "more than 4096 bytes"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(
    tmp_path: Path, arguments: list[str], value: str, says: str
) -> None:
    done = secrets(tmp_path, *arguments, value=value)
    assert done.returncode == 1
    assert says in done.stderr
    assert value not in done.stderr
    assert not (tmp_path / "secrets.json").exists()


def test_a_run_in_a_folder_that_is_thrown_away_has_the_secrets_of_the_usual_one(tmp_path: Path) -> None:
    def command(*arguments: str, value: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            input=value,
            capture_output=True,
            text=True,
            env=environment(),
            cwd=tmp_path,
            timeout=60,
            check=False,
        )

    step = {"id": "a", "type": "script", "config": {"language": "shell", "source": "printf %s $KEY | wc -c; echo $KEY"}}
    step["config"]["env"] = {"KEY": "{{ secrets.key }}"}  # type: ignore[index]
    (tmp_path / "hello.json").write_text(json.dumps({"name": "Hello", "steps": [step]}))
    missing = command("run", "hello.json")
    assert (missing.returncode, "stepweave secrets set key" in missing.stderr) == (1, True)
    assert command("secrets", "set", "key", value="hunter2").returncode == 0
    ran = json.loads(command("run", "hello.json", "--json").stdout)
    assert ran["output"]["a"]["output"]["stdout"].split() == ["7", "********"]
