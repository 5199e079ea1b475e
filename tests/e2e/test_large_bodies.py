"""Bodies that are too large, from clients that read the answer only when they have sent everything."""

import http.client
import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from served import Served, serve

pytestmark = pytest.mark.embedded

TEN_MEGABYTES = 10 * 1024 * 1024


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    started = serve(tmp_path_factory.mktemp("home"))
    yield started
    started.end(signal.SIGKILL)


def answer_to(served: Served, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Status and code of the problem, for a client that is written as urllib's is."""
    connection = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", "/api/workflows", body, {"Authorization": f"Bearer {served.key}"} | named)
    answer = connection.getresponse()
    code = json.load(answer)["code"]
    connection.close()
    return answer.status, code


@pytest.mark.parametrize("size", [1024 * 1024 + 1, TEN_MEGABYTES])
def test_a_client_that_sends_all_first_reads_the_refusal(served: Served, size: int) -> None:
    assert answer_to(served, b" " * size) == (413, "payload_too_large")


def test_a_client_that_sends_in_chunks_reads_the_refusal_too(served: Served) -> None:
    assert answer_to(served, iter([b" " * 65536] * 160)) == (413, "payload_too_large")


def test_a_client_that_asks_before_it_sends_is_refused_unsent(served: Served) -> None:
    announced = {"Content_Length": str(TEN_MEGABYTES), "Expect": "100-continue"}
    assert answer_to(served, **announced) == (413, "payload_too_large")
