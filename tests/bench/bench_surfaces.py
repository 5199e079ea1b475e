"""Warm requests on the compatible surfaces, each against its native counterpart, through Mangum on the embedded AWS."""

import json
import logging
from typing import Any

from bench_requests import DEFINITION, event
from figures import heading, milliseconds, row, side_by_side

from stepweave.adapters.table import TABLE
from stepweave.bootstrap.api import api_handler
from stepweave.local import keys
from stepweave.local.current import Function
from stepweave.local.embedded import EmbeddedAws, client
from stepweave.local.stack import BUCKET_NAME, TABLE_NAME, settings_of

Asked = tuple[str, str, Any]
V0, NATIVE = "/api/v0", "/api/workflows"


def pairs(run_id: str) -> list[tuple[Asked, Asked]]:
    """A request of a compatible surface and the native one that asks for the same."""
    put = {"definition": DEFINITION}
    native_run: Asked = ("GET", f"{NATIVE}/runs/{run_id}", None)
    return [
        (("GET", f"{V0}/workflows/bench", None), ("GET", f"{NATIVE}/bench", None)),
        (("GET", f"{V0}/workflows", None), ("GET", NATIVE, None)),
        (("PUT", f"{V0}/workflows/bench", DEFINITION), ("PUT", f"{NATIVE}/bench", put)),
        (("POST", f"{V0}/workflows/bench/executions", {}), ("POST", f"{NATIVE}/bench/run", {})),
        (("GET", f"{V0}/executions/workflows/{run_id}", None), native_run),
        (
            ("GET", f"{V0}/workflows/bench/executions?limit=1", None),
            ("GET", f"{NATIVE}/bench/runs?limit=1", None),
        ),
        (("GET", f"{V0}/schedules", None), ("GET", f"{NATIVE}/bench/schedules", None)),
        (("GET", f"{V0}/auth/keys", None), ("GET", "/api/keys", None)),
        (("POST", "/workflows/bench/execute", {}), ("POST", f"{NATIVE}/bench/run", {})),
        (("GET", f"/workflows/bench/executions/{run_id}", None), native_run),
    ]


def main() -> None:
    logging.disable()
    functions = {"stepweave-local-run-step": Function(lambda *_: None)}
    aws = EmbeddedAws(table=TABLE_NAME, table_shape=TABLE, bucket=BUCKET_NAME, functions=functions)
    handler = api_handler(settings_of("", 1_000_000))
    _, key = keys.new_key(keys.key_store(client("dynamodb"), TABLE_NAME), "bench", "admin")

    def send(asked: Asked) -> Any:
        method, path, body = asked
        url, _, query = path.partition("?")
        answer = handler({**event(method, url, body, key), "rawQueryString": query}, None)
        assert answer["statusCode"] < 300, (asked, answer)
        return answer

    send(("POST", NATIVE, {"definition": DEFINITION, "slug": "bench"}))
    run_id = json.loads(send(("POST", f"{NATIVE}/bench/run", {}))["body"])["run_id"]
    send(("POST", f"{NATIVE}/bench/schedules", {"cron_expression": "0 9 * * *"}))
    heading("Requests on the compatible surfaces", ["Medians of 60 pairs; the floor is the native request."])
    for theirs, ours in pairs(run_id):
        send(theirs)
        send(ours)
        measured = side_by_side(
            lambda theirs=theirs: milliseconds(lambda: send(theirs)),
            lambda ours=ours: milliseconds(lambda: send(ours)),
            rounds=60,
        )
        row(f"{theirs[0]} {theirs[1].replace(run_id, '{id}')}", measured)
    aws.close()


if __name__ == "__main__":
    main()
