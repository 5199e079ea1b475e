import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from stepweave.local.client import Client, Refused


@contextmanager
def answering(*answers: tuple[int, dict[str, object]]) -> Iterator[str]:
    """A server that gives these answers in turn, the last one for ever."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.send_header("Retry-After", "3")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


OVER = (429, {"code": "rate_limited", "detail": "Too many."})


def test_a_request_over_the_limit_of_its_key_is_sent_again_when_there_is_room() -> None:
    slept: list[float] = []
    with answering(OVER, OVER, (200, {"total": 1})) as url:
        assert Client(url, "sw_x", slept.append).get("/api/workflows") == {"total": 1}
    assert slept == [3, 3]


def test_it_is_not_sent_for_ever() -> None:
    slept: list[float] = []
    with answering(OVER) as url, pytest.raises(Refused, match="429"):
        Client(url, "sw_x", slept.append).get("/api/workflows")
    assert len(slept) == 10


def test_what_else_is_too_much_is_told_at_once() -> None:
    slept: list[float] = []
    with (
        answering((429, {"code": "concurrency_limit", "detail": "Full."})) as url,
        pytest.raises(Refused, match="Full"),
    ):
        Client(url, "sw_x", slept.append).get("/api/workflows")
    assert slept == []
