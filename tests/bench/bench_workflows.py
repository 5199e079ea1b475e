"""The workflows API: what each route asks of AWS and takes beside an empty one, and lists at 100 and at 100,000.

The emulator goes through a whole table for every query of an index, so that the time of lists at 100,000 is its own,
not DynamoDB's: there requests, items and read units count.
"""

import json
import logging
from itertools import count, cycle
from typing import Any

from bench_requests import DEFINITION, empty_api, event
from figures import heading, milliseconds, row, side_by_side

from fakes.aws_calls import counting
from fakes.aws_reads import reading
from fakes.aws_writes import writing
from many_workflows import write_many
from stepweave.adapters.table import TABLE
from stepweave.bootstrap.api import api_handler
from stepweave.local import keys
from stepweave.local.current import Function
from stepweave.local.embedded import EmbeddedAws, client
from stepweave.local.stack import BUCKET_NAME, TABLE_NAME, settings_of

FEW, MANY = 100, 100_000
QUERIES = ("", "status=active", "tag=ten", "tag=rare&status=active", "q=needle", "q=needle&status=active")
ROUNDS = 50
TAGS = [f"tag{number}" for number in range(20)]


def asked(method: str, target: str, body: Any, key: str, once: str) -> dict[str, Any]:
    path, _, query = target.partition("?")
    found = event(method, path, body, key) | {"rawQueryString": query}
    return {**found, "headers": found["headers"] | ({"idempotency-key": once} if once else {})}


def embedded() -> EmbeddedAws:
    """One whose executions do nothing."""
    functions = {"stepweave-local-run-step": Function(lambda *_: None)}
    return EmbeddedAws(table=TABLE_NAME, table_shape=TABLE, bucket=BUCKET_NAME, functions=functions)


class Stage:
    """The API on the embedded AWS that is open."""

    def __init__(self) -> None:
        self.handler = api_handler(settings_of("", 1_000_000))
        _, self.key = keys.new_key(keys.key_store(client("dynamodb"), TABLE_NAME), "bench", "admin")

    def __call__(self, method: str, target: str, body: Any = None, once: str = "") -> Any:
        answer = self.handler(asked(method, target, body, self.key, once), None)
        assert answer["statusCode"] < 300, answer
        return json.loads(answer["body"]) if answer.get("body") else None


def routes() -> None:
    note = (
        f"Through Mangum on the embedded AWS; medians of {ROUNDS} pairs with an empty route. AWS calls, read and write"
    )
    heading("Routes of workflows", [note, "units are those of one request, with the read of its key."])
    aws = embedded()
    with counting() as calls, reading(inside_counting=True) as reads, writing() as writes:
        stage, floor = Stage(), empty_api()
        path = f"/api/workflows/{stage('POST', '/api/workflows', {'definition': DEFINITION})['id']}"
        names, words = count(), cycle(("paused", "active"))
        stage("PUT", path, {"definition": {**DEFINITION, "description": "New"}})

        def put() -> Any:
            return stage("PUT", path, {"definition": {**DEFINITION, "name": f"Name {next(names)}"}})

        def document() -> Any:
            """As the workflow is when it is first asked for; none of the changes comes after that."""
            if not documents:
                documents.append(stage("GET", f"{path}/export"))
            return documents[0]

        documents: list[Any] = []
        made = iter([stage("POST", "/api/workflows", {"definition": DEFINITION})["id"] for _ in range(ROUNDS + 2)])
        template = "/api/workflows/templates"

        for name, act in (
            ("POST", lambda: stage("POST", "/api/workflows", {"definition": DEFINITION})),
            ("POST with a key", lambda: stage("POST", "/api/workflows", {"definition": DEFINITION}, f"k{next(names)}")),
            ("POST with 20 tags", lambda: stage("POST", "/api/workflows", {"definition": DEFINITION, "tags": TAGS})),
            ("POST /validate", lambda: stage("POST", "/api/workflows/validate", {"definition": DEFINITION})),
            ("GET /{id}", lambda: stage("GET", path)),
            ("GET (list of 10)", lambda: stage("GET", "/api/workflows?limit=10")),
            ("PUT /{id}", put),
            ("PATCH /{id}/status", lambda: stage("PATCH", f"{path}/status", {"status": next(words)})),
            ("GET /{id}/versions (of 10)", lambda: stage("GET", f"{path}/versions?limit=10")),
            ("GET /{id}/versions/{n}", lambda: stage("GET", f"{path}/versions/1")),
            ("GET /{id}/diff", lambda: stage("GET", f"{path}/diff?v1=1&v2=2")),
            ("POST /{id}/rollback", lambda: stage("POST", f"{path}/rollback", {"version": 1})),
            ("GET /{id}/export", lambda: stage("GET", f"{path}/export")),
            ("POST /import, unchanged", lambda: stage("POST", "/api/workflows/import", document())),
            ("GET /templates", lambda: stage("GET", template)),
            ("GET /templates/{id}", lambda: stage("GET", f"{template}/data-pipeline")),
            ("POST /templates/{id}/install", lambda: stage("POST", f"{template}/data-pipeline/install", {})),
            ("DELETE /{id}", lambda: stage("DELETE", f"/api/workflows/{next(made)}")),
        ):
            act()
            calls.clear(), reads.clear(), writes.clear()
            act()
            asked = f"{calls.total():2} calls {reads.units:5.1f} + {writes.units:3} units"
            measured = side_by_side(
                lambda act=act: milliseconds(act),
                lambda: milliseconds(lambda: floor(event("GET", "/empty/1"), None)),
                rounds=ROUNDS,
            )
            row(f"{name:<31} {asked}", measured)
    aws.close()


def lists() -> None:
    heading("Lists", ["First pages of 10, in requests, items and read units, that of the key's read among them."])
    aws = embedded()
    with reading() as reads:
        stage, before = Stage(), 0
        for number in (FEW, MANY):
            write_many(TABLE_NAME, before, number)
            before = number
            for query in QUERIES:
                reads.clear()
                taken = milliseconds(lambda query=query: stage("GET", f"/api/workflows?limit=10&{query}"))
                read = f"{reads.requests:3} requests {reads.items:5} items {reads.units:6.1f} units"
                print(f"{number:>7} workflows  {query or 'no filter':<24} {read}  {taken:8.1f} ms (emulator)")
    aws.close()


def main() -> None:
    logging.disable()
    routes()
    lists()


if __name__ == "__main__":
    main()
