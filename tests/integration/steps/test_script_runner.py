"""The script runner with real processes."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from stepweave.steps.script_runner import MAX_RESULT_BYTES, LocalScripts, run_script

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans to a chosen process")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the runner makes its folders; whatever a test does, nothing may be left there."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def python(source: str, seconds: float = 20.0, **request: Any) -> dict[str, Any]:
    return run_script({"language": "python", "source": source, **request}, seconds)


def shell(source: str, seconds: float = 20.0, **request: Any) -> dict[str, Any]:
    return run_script({"language": "shell", "source": source, **request}, seconds)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_script_that_is_stopped_ends_with_all_that_it_started(tmp_path: Path) -> None:
    """It is stopped once it has said that it is at work."""
    at_work = tmp_path / "at-work"
    source = f"sleep 60 & echo $! > {at_work}.new; mv {at_work}.new {at_work}; echo begun; wait"
    outcome = run_script({"language": "shell", "source": source}, 60.0, stopped=at_work.exists)
    assert (outcome["stopped"], outcome["timed_out"], outcome["exit_code"]) == (True, False, 137)
    assert outcome["stdout"] == "begun\n"
    assert not is_alive(int(at_work.read_text()))


def test_a_python_script_reads_its_input_and_leaves_a_result() -> None:
    source = """
import json, os, sys
given = json.load(sys.stdin)
print("summing")
with open(os.environ["STEPWEAVE_RESULT"], "w") as file:
    json.dump({"sum": sum(given["numbers"]), "text": "ö"}, file)
"""
    assert python(source, input={"numbers": [1, 2, 3]}) == {
        "exit_code": 0,
        "stdout": "summing\n",
        "stderr": "",
        "result": {"sum": 6, "text": "ö"},
        "result_error": None,
        "timed_out": False,
        "stopped": False,
    }


def test_a_shell_script_reads_its_input_from_stdin_or_from_the_file() -> None:
    outcome = shell('cat; echo; cat "$STEPWEAVE_INPUT"; cp "$STEPWEAVE_INPUT" "$STEPWEAVE_RESULT"', input=[1, "ö"])
    assert [json.loads(line) for line in outcome["stdout"].splitlines()] == [[1, "ö"], [1, "ö"]]
    assert outcome["result"] == [1, "ö"]


def test_the_local_port_runs_the_same_runner() -> None:
    request = {"language": "shell", "source": "exit 4", "workflow_id": "wf_1"}
    assert LocalScripts().run(request, 20)["exit_code"] == 4


def test_the_exit_code_and_both_texts_are_told() -> None:
    outcome = python("import sys; print('out'); print('err', file=sys.stderr); exit(3)")
    assert (outcome["exit_code"], outcome["stdout"], outcome["stderr"]) == (3, "out\n", "err\n")


def test_a_traceback_names_the_line_of_the_script() -> None:
    outcome = python("x = 1\nraise ValueError('no')")
    assert outcome["exit_code"] == 1
    assert "line 2" in outcome["stderr"]
    assert "ValueError: no" in outcome["stderr"]


def test_a_script_ended_by_a_signal_has_the_code_that_shells_give_it() -> None:
    assert shell("kill -TERM $$")["exit_code"] == 128 + 15


def test_the_environment_is_empty_but_for_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("PYTHONPATH", "/canary")
    outcome = python("import json, os, sys; print(json.dumps(dict(os.environ)))", env={"DECLARED": "yes ö"})
    environment = json.loads(outcome["stdout"])
    assert environment.pop("DECLARED") == "yes ö"
    environment.pop("PWD", None)  # set by the shell that sets the limits
    assert set(environment) == {"PATH", "HOME", "TMPDIR", "LANG", "STEPWEAVE_INPUT", "STEPWEAVE_RESULT"}
    assert "canary" not in outcome["stdout"]


def test_python_scripts_do_not_see_the_packages_of_stepweave() -> None:
    outcome = python("import stepweave")
    assert "ModuleNotFoundError" in outcome["stderr"]


def test_a_script_starts_in_an_empty_home_of_its_own(temporary: Path) -> None:
    outcome = shell('pwd; ls -A; [ "$HOME" = "$(pwd)" ] && [ "$TMPDIR" = "$(pwd)" ] && echo same')
    where, told = outcome["stdout"].splitlines()
    assert Path(where).is_relative_to(temporary.resolve())
    assert told == "same"


def test_what_a_script_writes_is_removed_even_when_it_is_locked_away() -> None:
    assert shell("mkdir -p a/b; echo x > a/b/c; chmod 000 a/b a; ln -s / root")["exit_code"] == 0


def test_nothing_of_our_open_files_is_inherited(tmp_path: Path) -> None:
    with (tmp_path / "ours").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        outcome = python("import os; print(sorted(os.listdir('/dev/fd')))")
    assert str(ours.name) not in outcome["stdout"]
    assert len(json.loads(outcome["stdout"].replace("'", '"'))) <= 5


def test_a_time_out_ends_the_script_and_keeps_what_it_wrote() -> None:
    outcome = python("import time; print('begun'); time.sleep(60)", seconds=0.5)
    assert (outcome["timed_out"], outcome["exit_code"], outcome["stdout"]) == (True, 137, "begun\n")


def test_a_script_has_no_more_cpu_time_than_its_attempt_could_use() -> None:
    """So that one whose runner was killed does not run on for ever."""
    assert shell("ulimit -t", seconds=4)["stdout"] == f"{5 * (os.cpu_count() or 1)}\n"


def test_a_time_out_ends_children_and_grandchildren() -> None:
    outcome = shell("sh -c 'sleep 60 & echo $!; wait' & echo $!; wait", seconds=0.5)
    pids = [int(line) for line in outcome["stdout"].split()]
    assert outcome["timed_out"]
    assert len(pids) == 2
    assert not any(is_alive(pid) for pid in pids)


def test_a_script_that_ignores_signals_is_ended_all_the_same() -> None:
    outcome = shell("trap '' TERM INT HUP; while :; do sleep 1; done", seconds=0.5)
    assert (outcome["timed_out"], outcome["exit_code"]) == (True, 137)


def test_a_background_process_does_not_outlive_its_script() -> None:
    outcome = shell("sleep 60 & echo $!")
    assert outcome["exit_code"] == 0
    assert not is_alive(int(outcome["stdout"]))


@linux_only
def test_a_daemon_that_left_the_process_group_does_not_outlive_its_script() -> None:
    source = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        os.environ.clear()
        os.write(1, f"{os.getpid()}\\n".encode())
        os.closerange(0, 10)
        time.sleep(60)
    os._exit(0)
os.wait()
time.sleep(0.1)
"""
    outcome = python(source)
    assert not is_alive(int(outcome["stdout"]))


@linux_only
def test_a_chain_of_daemons_does_not_outlive_its_script() -> None:
    outcome = shell("setsid sh -c 'setsid sh -c \"setsid sleep 60 & echo \\$!; wait\" & echo $!; wait' & sleep 0.3")
    pids = [int(line) for line in outcome["stdout"].split()]
    assert len(pids) == 2
    assert not any(is_alive(pid) for pid in pids)


def test_processes_that_are_not_the_scripts_are_left_alone() -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as before:
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(shell, "sleep 60 & sleep 0.2")
            with subprocess.Popen(["sleep", "60"], start_new_session=True) as meanwhile:
                assert running.result()["exit_code"] == 0
                assert (before.poll(), meanwhile.poll()) == (None, None)
                meanwhile.kill()
        before.kill()


@linux_only
def test_a_daemon_of_a_script_that_still_runs_is_left_alone() -> None:
    slow = 'setsid sh -c "sleep 0.4; echo from the daemon" & sleep 0.8'
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(shell, slow)
        assert shell("sleep 0.2")["exit_code"] == 0
        assert running.result()["stdout"] == "from the daemon\n"


def test_scripts_run_side_by_side_without_ending_each_other() -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: shell(f"sleep 60 & sleep 0.{n % 4}; echo {n}"), range(24)))
    assert [outcome["stdout"] for outcome in outcomes] == [f"{n}\n" for n in range(24)]
    assert {outcome["exit_code"] for outcome in outcomes} == {0}


def test_long_output_keeps_its_beginning_and_its_end() -> None:
    outcome = python("print('first'); print('x' * 3_000_000); print('last')")
    assert outcome["stdout"].startswith("first\nxxx")
    assert outcome["stdout"].endswith("xxx\nlast\n")
    assert f"[... {3_000_012 - 65_536} bytes left out ...]" in outcome["stdout"]
    assert len(outcome["stdout"]) < 66_000


def test_output_that_is_no_text_is_shown_as_far_as_it_is() -> None:
    assert shell("printf 'a\\377b'")["stdout"] == "a\ufffdb"


def test_a_file_cannot_grow_without_bound() -> None:
    outcome = python("import os; os.truncate(os.open('big', os.O_CREAT | os.O_RDWR), 300 * 1024 * 1024)")
    assert outcome["exit_code"] != 0


def test_memory_can_be_bounded() -> None:
    request = {"language": "python", "source": "x = bytearray(900_000_000)"}
    outcome = run_script(request, 20, memory_bytes=300_000_000)
    assert outcome["exit_code"] == 1
    assert "MemoryError" in outcome["stderr"]


@pytest.mark.parametrize(
    ("source", "result"),
    [
        (":", None),
        (': > "$STEPWEAVE_RESULT"', None),
        ('echo null > "$STEPWEAVE_RESULT"', None),
        ('echo "[1]" > "$STEPWEAVE_RESULT"', [1]),
        ('printf 7 > "$STEPWEAVE_RESULT"; exit 0', 7),
        ('printf \'%s\' \'["\\udcff", "\\ud83d\\ude00"]\' > "$STEPWEAVE_RESULT"', ["\ufffd", "\U0001f600"]),
    ],
)
def test_the_result_is_what_the_file_holds(source: str, result: Any) -> None:
    outcome = shell(source)
    assert (outcome["result"], outcome["result_error"]) == (result, None)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ('echo "{" > "$STEPWEAVE_RESULT"', "not JSON"),
        ('echo NaN > "$STEPWEAVE_RESULT"', "not JSON"),
        ('echo "[1e999]" > "$STEPWEAVE_RESULT"', "1e999 is out of range"),
        ('head -c 400 /dev/zero | tr "\\0" "9" > "$STEPWEAVE_RESULT"', "out of range"),
        ('printf \'"\\377"\' > "$STEPWEAVE_RESULT"', "not JSON"),
        ('head -c 200000 /dev/zero | tr "\\0" "[" > "$STEPWEAVE_RESULT"', "not JSON"),
        (f'head -c {MAX_RESULT_BYTES + 1} /dev/zero > "$STEPWEAVE_RESULT"', "larger than"),
        ('mkdir "$STEPWEAVE_RESULT"', "not a regular file"),
        ('mkfifo "$STEPWEAVE_RESULT"', "not a regular file"),
        ('ln -s /etc/passwd "$STEPWEAVE_RESULT"', "not a regular file"),
        ('ln -s gone "$STEPWEAVE_RESULT"', "not a regular file"),
        ('ln -s /dev/zero "$STEPWEAVE_RESULT"', "not a regular file"),
    ],
)
def test_a_result_that_is_of_no_use_is_told(source: str, reason: str) -> None:
    outcome = shell(source)
    assert outcome["result"] is None
    assert reason in outcome["result_error"]


def test_a_result_counts_as_long_as_it_is_when_it_is_written_again() -> None:
    source = "import os; open(os.environ['STEPWEAVE_RESULT'], 'w').write('[' + '1e15,' * 500_000 + '1]')"
    assert "larger than" in python(source)["result_error"]


def test_a_character_of_several_bytes_is_not_torn_where_two_pieces_meet() -> None:
    assert shell("head -c 32767 /dev/zero | tr '\\0' x; printf 'ö'")["stdout"] == "x" * 32_767 + "ö"


def test_an_unknown_language_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="cobol"):
        run_script({"language": "cobol", "source": ""}, 1)
