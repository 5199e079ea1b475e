"""Following a run: every step once, when it has settled."""

from typing import Any

import pytest

from stepweave.local.client import Client
from stepweave.local.progress import Unfinished, follow, line_of


def step(step_id: str, status: str, **members: Any) -> dict[str, Any]:
    return {"step_id": step_id, "status": status, "duration_ms": 12, "error": None, **members}


class Answers(Client):
    """Gives one state of a run after the other."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        super().__init__("http://127.0.0.1", "key")
        object.__setattr__(self, "left", list(answers))

    def get(self, path: str) -> Any:
        assert path == "/api/workflows/runs/run_1"
        left: list[dict[str, Any]] = self.left  # type: ignore[attr-defined]
        return {"run": left.pop(0)}


def test_each_step_is_told_once_when_it_has_settled() -> None:
    told: list[tuple[str, str]] = []
    client = Answers(
        {"status": "running", "step_runs": [step("a", "running")]},
        {"status": "running", "step_runs": [step("a", "completed"), step("b", "running")]},
        {"status": "failed", "step_runs": [step("a", "completed"), step("b", "failed"), step("c", "pending")]},
    )
    run = follow(client, "run_1", lambda found: told.append((found["step_id"], found["status"])), sleep=lambda _: None)
    assert run["status"] == "failed"
    assert told == [("a", "completed"), ("b", "failed")]


def test_the_line_of_a_failed_step_tells_why_and_takes_no_markup_from_it() -> None:
    line = line_of(step("a", "failed", error={"code": "http_status", "message": "got [500]"}, attempt=3))
    assert "[bold]a[/] failed" in line
    assert "attempt 3" in line
    assert r"http_status: got \[500]" in line


def test_patience_has_an_end() -> None:
    answers = [{"id": "run_1", "status": "running", "step_runs": []}] * 12
    with pytest.raises(Unfinished, match="run_1 is still running after 1 s"):
        follow(Answers(*answers), "run_1", lambda _: None, seconds=1, sleep=lambda _: None)
