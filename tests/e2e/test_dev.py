"""`stepweave dev`, as a user meets it."""

import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from served import COMMAND, Served, environment, stepweave
from stepweave.local.client import Client, Refused

pytestmark = pytest.mark.embedded

Start = Callable[..., Served]


def test_it_says_where_it_is_and_how_to_call_it(start_server: Start, tmp_path: Path) -> None:
    served = start_server(tmp_path)
    line = re.search(r"^  (curl .*)$", served.said, re.MULTILINE)
    assert line is not None
    answer = subprocess.run(["bash", "-c", line[1]], capture_output=True, text=True, check=True, timeout=30)
    assert answer.stdout == '{"workflows":[],"total":0,"next_cursor":null}'


def test_docs_health_and_the_openapi_document_need_no_key(start_server: Start, tmp_path: Path) -> None:
    anonymous = Client(start_server(tmp_path).url, "none")
    assert anonymous.get("/health")["status"] == "ok"
    assert anonymous.get("/openapi.json")["openapi"].startswith("3.")
    with pytest.raises(Refused, match="401"):
        anonymous.get("/api/workflows")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_cleanly(start_server: Start, tmp_path: Path, number: int) -> None:
    served = start_server(tmp_path)
    served.process.send_signal(number)
    _, complaints = served.process.communicate(timeout=30)
    assert (served.process.returncode, complaints) == (0, "")


def test_the_printed_key_is_the_same_at_the_next_start(start_server: Start, tmp_path: Path) -> None:
    first = start_server(tmp_path)
    assert first.end() == 0
    second = start_server(tmp_path)
    assert second.key == first.key
    assert second.client.get("/api/workflows")["total"] == 0


def test_a_revoked_key_is_refused_at_once_and_replaced_at_the_next_start(start_server: Start, tmp_path: Path) -> None:
    first = start_server(tmp_path)
    made = stepweave("keys", "create", "--role", "read", "--name", "ci", home=tmp_path)
    assert made.returncode == 0, made.stderr
    reader = Client(first.url, made.stdout.strip())
    assert reader.get("/api/workflows")["total"] == 0
    listed = stepweave("keys", "list", home=tmp_path).stdout.splitlines()
    assert [line.split()[1] for line in listed] == ["admin", "read"]
    for line in listed:
        assert stepweave("keys", "revoke", line.split()[0], home=tmp_path).returncode == 0
    for client in (reader, first.client):
        with pytest.raises(Refused, match="401"):
            client.get("/api/workflows")
    assert first.end() == 0
    second = start_server(tmp_path)
    assert second.key != first.key
    assert second.client.get("/api/workflows")["total"] == 0


def test_a_busy_port_is_told(start_server: Start, tmp_path: Path) -> None:
    port = start_server(tmp_path / "a").url.rpartition(":")[2]
    second = stepweave("dev", "--port", port, "--home", str(tmp_path / "b"))
    assert (second.returncode, second.stdout) == (1, "")
    assert f"port {port} is in use" in second.stderr


def test_a_data_folder_has_one_server(start_server: Start, tmp_path: Path) -> None:
    served = start_server(tmp_path)
    second = stepweave("dev", "--port", "0", home=tmp_path)
    assert second.returncode == 1
    assert f"in use by process {served.process.pid}" in second.stderr


def test_the_port_comes_from_the_environment(tmp_path: Path) -> None:
    told = subprocess.run(
        [*COMMAND, "dev", "--help"], capture_output=True, text=True, env=environment(PORT="9"), check=True, timeout=30
    )
    assert "$PORT" in told.stdout
    refused = subprocess.run(
        [*COMMAND, "dev", "--home", str(tmp_path / "file" / "no")],
        capture_output=True,
        text=True,
        env=environment(PORT="99999"),
        check=False,
        timeout=30,
    )
    assert refused.returncode == 1
    assert "99999" in refused.stderr


def refused(tmp_path: Path, **variables: str) -> tuple[int, str]:
    """Exit code and complaint of a server that cannot start, which is one line and no traceback."""
    ended = subprocess.run(
        [*COMMAND, "dev"],
        capture_output=True,
        text=True,
        env=environment(**({"PORT": "0", "STEPWEAVE_HOME": str(tmp_path / "home")} | variables)),
        check=False,
        timeout=30,
    )
    assert ended.stdout == ""
    return ended.returncode, ended.stderr.splitlines()[-1]


def test_a_port_that_is_no_number_is_told(tmp_path: Path) -> None:
    code, complaint = refused(tmp_path, PORT="abc")
    assert (code, complaint.partition("argument ")[2]) == (
        2,
        "--port: 'abc' is no port; a number is needed, for example 8001",
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("STEPWEAVE_HOME", "{}/file", "/file cannot be the data folder: it is a file. Name another"),
        ("STEPWEAVE_HOME", "{}/file/home", "/file/home cannot be the data folder: Not a directory. Name another"),
        ("STEPWEAVE_HOME", "{}/spoilt", "/spoilt/stepweave.db cannot be used: file is not a database. "),
        ("WORKFLOW_MAX_CONCURRENT_RUNS", "many", "WORKFLOW_MAX_CONCURRENT_RUNS: 'many' is no number"),
        ("HTTP_ALLOWED_HOSTS", "a/b", "HTTP_ALLOWED_HOSTS: 'a/b' is neither"),
    ],
)
def test_what_it_cannot_start_with_is_told(tmp_path: Path, name: str, value: str, said: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "spoilt").mkdir()
    (tmp_path / "spoilt" / "stepweave.db").write_text("no database" * 1000)
    code, complaint = refused(tmp_path, **{name: value.format(tmp_path)})
    assert code == 1
    assert said in complaint
    assert complaint.startswith("stepweave: ")


def test_a_tilde_is_the_home_of_the_user(tmp_path: Path) -> None:
    made = subprocess.run(
        [*COMMAND, "keys", "create"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(HOME=str(tmp_path / "user"), STEPWEAVE_HOME="~/data"),
        check=False,
        timeout=60,
    )
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "user" / "data" / "stepweave.db").exists()
    assert not (tmp_path / "~").exists()
