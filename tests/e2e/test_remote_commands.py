"""`stepweave workflows`, `templates`, `export` and `import`, against a started server."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from served import COMMAND, Served, environment, serve, stepweave

DEFINITION = """\
name: Greet
tags: [demo]
steps:
  - id: greet
    type: script
    config: {language: shell, source: "echo hello"}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = serve(tmp_path_factory.mktemp("home"))
    yield server
    server.end()


def told(served: Served, *arguments: str) -> str:
    """What a command that succeeds prints."""
    ended = stepweave(*arguments, home=served.home)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def refused(served: Served, *arguments: str) -> str:
    ended = stepweave(*arguments, home=served.home)
    assert (ended.returncode, ended.stdout) == (1, "")
    return ended.stderr


@pytest.fixture
def greet(tmp_path: Path) -> Path:
    path = tmp_path / "greet.yaml"
    path.write_text(DEFINITION)
    return path


def test_a_workflow_from_its_making_to_its_end(served: Served, greet: Path) -> None:
    made = json.loads(told(served, "workflows", "create", str(greet), "--slug", "greet", "--json"))
    assert (made["slug"], made["tags"], made["version"]) == ("greet", ["demo"], 1)
    greet.write_text(DEFINITION.replace("hello", "welcome"))
    assert "updated_at" in told(served, "workflows", "put", "greet", str(greet), "--summary", "Kinder")
    rows = json.loads(told(served, "workflows", "versions", "greet", "--json"))
    assert [(row["version"], row["change_summary"]) for row in rows] == [(2, "Kinder"), (1, "Initial version")]
    assert "echo welcome" in told(served, "workflows", "diff", "greet", "1", "2")
    told(served, "workflows", "rollback", "greet", "1")
    told(served, "workflows", "status", "greet", "archived")
    (row,) = json.loads(told(served, "workflows", "list", "--status", "archived", "--tag", "demo", "--json"))
    assert (row["id"], row["version"]) == (made["id"], 3)
    assert made["id"] in told(served, "workflows", "list", "--status", "archived")
    told(served, "workflows", "delete", "greet")
    assert "There is no workflow 'greet'" in refused(served, "workflows", "get", "greet")


def test_what_is_wrong_with_a_file_is_told_with_its_line(served: Served, greet: Path) -> None:
    greet.write_text(DEFINITION.replace("shell", "perl"))
    assert f"{greet}:6:24: " in refused(served, "workflows", "create", str(greet))


def test_a_template_is_installed_with_parameters(served: Served) -> None:
    assert "uptime-check" in told(served, "templates", "list")
    assert "alert_url" in told(served, "templates", "get", "uptime-check")
    given = ("--parameter", "url=https://example.com/x", "--parameter", "expect_status=204", "--name", "Mine")
    made = told(served, "templates", "install", "uptime-check", *given).strip()
    workflow = json.loads(told(served, "workflows", "get", made, "--json"))
    config = workflow["definition"]["steps"][0]["config"]
    assert (workflow["name"], config["url"], config["expect_status"]) == ("Mine", "https://example.com/x", 204)
    assert "Unknown parameter" in refused(served, "templates", "install", "uptime-check", "--parameter", "a=1")
    assert "write name=value" in refused(served, "templates", "install", "uptime-check", "--parameter", "a")


def test_a_template_is_made_of_a_workflow_and_deleted(served: Served, greet: Path) -> None:
    workflow = json.loads(told(served, "workflows", "create", str(greet), "--json"))["id"]
    made = told(served, "templates", "create", "--workflow", workflow, "--name", "Greeting").strip()
    assert json.loads(told(served, "templates", "list", "--q", "greeting", "--json"))[0]["id"] == made
    told(served, "templates", "delete", made)
    assert "built in" in refused(served, "templates", "delete", "uptime-check")


@pytest.mark.embedded
def test_workflows_in_git_go_out_and_in_without_changing(served: Served, greet: Path, tmp_path: Path) -> None:
    told(served, "workflows", "create", str(greet), "--slug", "kept", "--tag", "git")
    folder = tmp_path / "git"
    assert told(served, "export", str(folder), "--tag", "git").endswith("1 written, 0 unchanged\n")
    (file,) = folder.iterdir()
    assert file.name == "kept.yaml"
    before = file.read_text()
    assert told(served, "export", str(folder), "--tag", "git") == "0 written, 1 unchanged\n"
    assert told(served, "import", str(folder)) == "0 created, 0 changed, 1 unchanged, 0 failed\n"
    assert file.read_text() == before

    file.write_text(before.replace("echo hello", "echo bye"))
    assert "changed" in told(served, "import", str(folder))
    assert json.loads(told(served, "workflows", "get", "kept", "--json"))["version"] == 2

    (folder / "new.yaml").write_text(DEFINITION)
    (folder / "broken.yaml").write_text(DEFINITION.replace("shell", "perl"))
    ended = stepweave("import", str(folder), home=served.home)
    assert ended.returncode == 1
    assert ended.stdout.endswith("1 created, 0 changed, 1 unchanged, 1 failed\n")
    assert f"{folder / 'broken.yaml'}:6:24: " in ended.stderr
    assert json.loads(told(served, "workflows", "get", "new", "--json"))["name"] == "Greet"


@pytest.mark.embedded
def test_another_server_is_named_by_the_environment(served: Served, tmp_path: Path) -> None:
    variables = environment(STEPWEAVE_URL=served.url + "/", STEPWEAVE_API_KEY=served.key)
    listed = [*COMMAND, "templates", "list", "--json"]
    ended = subprocess.run(listed, capture_output=True, text=True, env=variables, timeout=60, cwd=tmp_path)
    assert ended.returncode == 0
    assert len(json.loads(ended.stdout)) >= 8


@pytest.mark.embedded
def test_where_there_is_no_server_it_says_what_to_do(tmp_path: Path) -> None:
    ended = stepweave("workflows", "list", home=tmp_path)
    assert ended.returncode == 1
    assert "Run `stepweave dev`, or set STEPWEAVE_URL" in ended.stderr
    (tmp_path / "url").write_text("http://127.0.0.1:1\n")
    (tmp_path / "key").write_text("sw_x\n")
    assert "nothing answers at http://127.0.0.1:1" in stepweave("workflows", "list", home=tmp_path).stderr


ASKING = """\
name: Ask
steps:
  - id: ask
    type: wait
    config: {signal: go}
outputs: {said: "{{ steps.ask.output }}"}
"""


def test_a_run_that_waits_goes_on_with_a_signal(served: Served, tmp_path: Path) -> None:
    path, payload = tmp_path / "ask.yaml", tmp_path / "payload.json"
    path.write_text(ASKING)
    payload.write_text('{"n": 7}')
    told(served, "workflows", "create", str(path), "--slug", "ask")
    run = told(served, "runs", "start", "ask").strip()
    send = ("runs", "signal", run, "go", "--payload", f"@{payload}", "--idempotency-key", "once", "--json")
    sent = json.loads(told(served, *send))
    watched = told(served, "runs", "watch", run)
    assert "ask" in watched
    assert json.loads(told(served, "runs", "get", run, "--json"))["output"] == {"said": {"n": 7}}
    assert sent["signal_id"].startswith("sig_")
    assert "nothing waits in it any more" in refused(served, "runs", "signal", run, "go")
    assert "--payload is no JSON" in refused(served, "runs", "signal", run, "go", "--payload", "{")
