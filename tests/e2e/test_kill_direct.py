"""`kill -9` while an agent is executed by itself: it is taken up by the next start, and done."""

import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_server import Raw, model_server, said
from served import Served

pytestmark = pytest.mark.embedded


def until(what: Callable[[], Any], seconds: float = 60) -> Any:
    ends_at = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < ends_at, "it did not come true in time"
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGINT])
def test_an_execution_that_was_cut_off_is_done_again_by_the_next_start(
    start_server: Callable[..., Served], tmp_path: Path, ended_by: signal.Signals
) -> None:
    hold = threading.Event()
    with model_server() as server:
        server.says(Raw(json.dumps(said("Never heard.")), after=hold), said("Again."))
        first = start_server(tmp_path, HTTP_ALLOWED_HOSTS=server.host)
        model = {"config": {"provider": "test", "model": "m-1", "api_url": f"{server.url}/v1"}}
        first.client.send("PUT", "/api/v0/agents/writer", {"model": model})
        started = first.client.send("POST", "/api/v0/agents/writer/executions/async", {"prompt": "Hi"})
        path = started["data"]["exec_url"]
        until(server.asked)
        first.end(ended_by)

        second = start_server(tmp_path, HTTP_ALLOWED_HOSTS=server.host)
        found = until(lambda: ended(second, path))
        hold.set()
        assert (found["status"], found["output"]) == ("SUCCESS", {"response": "Again."})
        assert len(server.asked()) == 2
        assert second.client.get("/api/workflows/runs")["total"] == 0


def ended(served: Served, path: str) -> Any:
    found = served.client.get(path)["data"]
    return found if found["status"] in ("SUCCESS", "FAILED", "TIMED_OUT") else None
