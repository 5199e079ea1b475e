"""Five hundred starts on the embedded stack, by 16 clients: how many a second, and how long one takes."""

import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from figures import heading, milliseconds

from stepweave.local.client import Client
from stepweave.local.stack import EmbeddedStack
from stepweave.local.terminal import logged

STARTS, CLIENTS = 500, 16
DEFINITION = {"name": "Nothing", "steps": [{"id": "a", "type": "condition", "config": {"expression": "true"}}]}


def main() -> None:
    heading("Starts", [f"{STARTS} starts by {CLIENTS} clients over HTTP, limit 10; runs of one step go on meanwhile."])
    with tempfile.TemporaryDirectory() as folder, logged(Path(folder) / "log"), EmbeddedStack(Path(folder)) as stack:
        stack.start()
        client = Client(stack.url, stack.key())
        path = f"/api/workflows/{client.post('/api/workflows', {'definition': DEFINITION})['id']}/run"
        client.post(path, {})
        floor = by_all(lambda: client.get("/health"))
        starts = by_all(lambda: client.post(path, {}))
    print(f"starts        {starts}")
    print(f"GET /health   {floor}")


def by_all(request: Callable[[], object]) -> str:
    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as threads:
        taken = sorted(threads.map(lambda _: milliseconds(request), range(STARTS)))
    seconds = time.perf_counter() - begun
    return f"{STARTS / seconds:6.0f} a second   median {statistics.median(taken):6.0f} ms   p99 {taken[-6]:6.0f} ms"


if __name__ == "__main__":
    main()
