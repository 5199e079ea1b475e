"""Warm requests through Mangum, against an empty FastAPI route, on the embedded AWS; and what they ask of AWS."""

import json
import logging
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from figures import heading, milliseconds, row, side_by_side
from mangum import Mangum

from fakes.aws_calls import counting
from stepweave.adapters.table import TABLE
from stepweave.bootstrap.api import api_handler
from stepweave.local import keys
from stepweave.local.current import Function
from stepweave.local.embedded import EmbeddedAws, client
from stepweave.local.stack import BUCKET_NAME, TABLE_NAME, settings_of

STEP = {"id": "fetch", "type": "script", "config": {"language": "shell", "source": "true"}}
DEFINITION = {"name": "Bench", "steps": [STEP]}


def event(method: str, path: str, body: Any = None, key: str = "") -> dict[str, Any]:
    """API Gateway's event of an HTTP API (payload 2.0)."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "bench", "authorization": f"Bearer {key}", "content-type": "application/json"},
        "requestContext": {"http": {"method": method, "path": path, "sourceIp": "127.0.0.1"}, "stage": "$default"},
        "body": json.dumps(body) if body is not None else None,
        "isBase64Encoded": False,
    }


def empty_api() -> Any:
    app = FastAPI()
    app.add_api_route("/empty/{key}", lambda key: {"key": key}, methods=["GET"])
    return Mangum(app, lifespan="off")


def main() -> None:
    logging.disable()
    aws = EmbeddedAws(
        table=TABLE_NAME,
        table_shape=TABLE,
        bucket=BUCKET_NAME,
        functions={"stepweave-local-run-step": Function(lambda *_: None)},
    )
    with counting() as calls:
        handler = api_handler(settings_of("", 1_000_000))
        _, key = keys.new_key(keys.key_store(client("dynamodb"), TABLE_NAME), "bench", "admin")
        created = handler(event("POST", "/api/workflows", {"definition": DEFINITION}, key), None)
        path = f"/api/workflows/{json.loads(created['body'])['id']}"
        floor = empty_api()
        heading("Warm requests", ["Through Mangum on the embedded AWS; medians of 100 pairs with an empty route."])
        for name, asked in (
            ("GET /api/workflows/{id}", event("GET", path, None, key)),
            ("POST /api/workflows", event("POST", "/api/workflows", {"definition": DEFINITION}, key)),
            ("POST /api/workflows/{id}/run", event("POST", f"{path}/run", {}, key)),
        ):
            handler(asked, None)
            calls.clear()
            handler(asked, None)
            counted = calls.total() - 1
            measured = side_by_side(
                lambda asked=asked: milliseconds(lambda: handler(asked, None)),
                lambda: milliseconds(lambda: floor(event("GET", "/empty/1"), None)),
                rounds=100,
            )
            row(f"{name} ({counted} AWS calls)", measured)
        limited = api_handler(replace(settings_of(""), rate_limit_per_second=100_000))
        asked = event("GET", path, None, key)
        for each in (handler, limited):
            each(asked, None)
        heading("The limit of requests", ["GET /api/workflows/{id} with the limit, against the same without it."])
        row(
            "key counted (1 write) against key read (1 read)",
            side_by_side(
                lambda: milliseconds(lambda: limited(asked, None)),
                lambda: milliseconds(lambda: handler(asked, None)),
                rounds=200,
            ),
        )
    aws.close()


if __name__ == "__main__":
    main()
