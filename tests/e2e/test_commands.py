"""The commands that run to their end."""

import json
from pathlib import Path

import pytest

from served import stepweave

pytestmark = pytest.mark.embedded

HELLO = """\
name: hello
steps:
  - id: greet
    type: script
    config:
      language: shell
      source: echo '"hello {{ input.name }}"' > "$STEPWEAVE_RESULT"
  - id: pause
    type: wait
    depends_on: [greet]
    config: {seconds: 0}
outputs:
  said: "{{ steps.greet.output.result }}"
"""


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    path = tmp_path / "hello.yaml"
    path.write_text(HELLO)
    return path


def test_a_definition_runs_and_shows_its_steps(hello: Path) -> None:
    ended = stepweave("run", str(hello), "--input", '{"name": "you"}')
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "✓ greet completed" in ended.stdout
    assert '"said": "hello you"' in ended.stdout


def test_a_run_as_json_prints_json_alone(hello: Path, tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text('{"name": "you"}')
    ended = stepweave("run", str(hello), "--json", "--input", f"@{tmp_path / 'input.json'}")
    run = json.loads(ended.stdout)
    assert (run["status"], run["output"]) == ("completed", {"said": "hello you"})


def test_a_failed_run_exits_with_1_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    config = {"language": "shell", "source": "exit 3"}
    path.write_text(json.dumps({"name": "d", "steps": [{"id": "s", "type": "script", "config": config}]}))
    ended = stepweave("run", str(path))
    assert ended.returncode == 1
    assert "✗ s failed" in ended.stdout
    assert "step_failed" in ended.stderr or "s" in ended.stderr


def test_an_input_that_is_no_json_is_told(hello: Path) -> None:
    ended = stepweave("run", str(hello), "--input", "{")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "--input is no JSON" in ended.stderr


def test_a_valid_definition_is_told_so(hello: Path) -> None:
    ended = stepweave("validate", str(hello))
    assert (ended.returncode, ended.stdout) == (0, f"{hello}: valid\n")


@pytest.mark.parametrize(("old", "new", "place"), [("shell", "perl", "6:17"), ("[greet]", "[gret]", "10:18")])
def test_problems_are_told_with_their_lines(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(HELLO.replace(old, new))
    ended = stepweave("validate", str(path))
    assert (ended.returncode, ended.stderr) == (1, "1 problem\n")
    assert ended.stdout.startswith(f"{path}:{place}: ")


def test_a_definition_compiles_to_a_state_machine(hello: Path) -> None:
    ended = stepweave("compile", str(hello))
    assert ended.returncode == 0
    machine = json.loads(ended.stdout)
    assert {"greet", "pause"} <= machine["States"].keys()


def test_an_invalid_definition_does_not_compile(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text('{"name": "d", "steps": []}')
    ended = stepweave("compile", str(path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"{path}:1:24" in ended.stderr


def test_keys_are_made_listed_and_revoked(tmp_path: Path) -> None:
    made = stepweave("keys", "create", "--role", "read", "--name", "ci", home=tmp_path)
    assert made.stdout.startswith("sw_")
    (line,) = stepweave("keys", "list", home=tmp_path).stdout.splitlines()
    key_id, role, _, used, expires, name = line.split()
    assert (role, used, expires, name) == ("read", "-", "-", "ci")
    rotated = stepweave("keys", "rotate", key_id, "--grace", "1h", home=tmp_path)
    assert rotated.stdout.startswith(made.stdout[:29])
    assert rotated.stdout != made.stdout
    assert stepweave("keys", "revoke", key_id, home=tmp_path).returncode == 0
    again = stepweave("keys", "revoke", key_id, home=tmp_path)
    assert again.returncode == 1
    assert f"there is no key '{key_id}'" in again.stderr
    assert stepweave("keys", "list", home=tmp_path).stdout == ""


def test_the_demo_does_its_job() -> None:
    ended = stepweave("demo")
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    for said in ("fetch completed", "count completed", "report_large completed", "report_small skipped", '"total"'):
        assert said in ended.stdout


@pytest.mark.parametrize(
    "command", ["dev", "run", "validate", "compile", "keys", "workflows", "templates", "export", "import", "demo"]
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    ended = stepweave(command, "--help")
    assert ended.returncode == 0
    assert f"stepweave {command}" in ended.stdout.partition("example:")[2]


def test_a_definition_is_tested_without_any_effect(hello: Path, tmp_path: Path) -> None:
    mocks = tmp_path / "mocks.yaml"
    mocks.write_text("greet: {output: {result: hi}}\n")
    ended = stepweave("test", str(hello), "--mocks", str(mocks), "--input", '{"name": "you"}')
    assert (ended.returncode, ended.stderr) == (0, "")
    assert '"said": "hi"' in ended.stdout
    found = json.loads(stepweave("test", str(hello), "--json", "--input", '{"name": "you"}').stdout)
    assert (found["run"]["output"], found["assumed"]) == ({"said": None}, ["greet"])
    mocks.write_text("gret: {}\n")
    refused = stepweave("test", str(hello), "--mocks", str(mocks))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "/mocks/gret: The definition has no step 'gret'. Did you mean 'greet'?" in refused.stderr
