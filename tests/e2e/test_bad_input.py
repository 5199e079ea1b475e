"""What clients get wrong, against a real server: never a 5xx, nothing stored, and the server goes on."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from served import Served, is_deployed, serve, stepweave

ROLES = ("read", "write", "admin")
STEP = {"id": "a", "type": "wait", "config": {"seconds": 0}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    started = serve(tmp_path_factory.mktemp("home"))
    yield started
    started.end(signal.SIGKILL)


def ask(served: Served, method: str, path: str, body: Any = None, key: str | None = None) -> urllib3.BaseHTTPResponse:
    headers = {"Authorization": f"Bearer {served.key if key is None else key}"}
    return urllib3.request(method, served.url + path, body=body, headers=headers, retries=False, timeout=30)


def wrong_bodies() -> dict[str, tuple[bytes, set[int]]]:
    def definition(**members: Any) -> bytes:
        return json.dumps({"definition": {"name": "x", "steps": [STEP], **members}}).encode()

    return {
        "broken JSON": (b'{"definition": ', {400}),
        "no JSON at all": (b"name=x&steps=1", {400}),
        "not UTF-8": (b'{"definition": "\xff"}', {400}),
        "NaN": (b'{"definition": NaN}', {400}),
        "a hundred thousand levels": (b"[" * 100_000, {400}),
        "a hundred thousand objects": (b'{"definition":' * 70_000, {400}),
        "an array": (b"[]", {422}),
        "a number": (b"7", {422}),
        "no definition": (b"{}", {422}),
        "an empty definition": (b'{"definition": {}}', {422}),
        "a definition that is text": (b'{"definition": "x"}', {422}),
        "an unknown member": (definition(colour=1), {422}),
        "no steps": (definition(steps=[]), {422}),
        "steps that are no list": (definition(steps={"a": STEP}), {422}),
        "duplicate ids": (definition(steps=[STEP, STEP]), {422}),
        "a cycle": (definition(steps=[STEP | {"depends_on": ["a"]}]), {422}),
        "an unknown dependency": (definition(steps=[STEP | {"depends_on": ["b"]}]), {422}),
        "an unknown type": (definition(steps=[STEP | {"type": "teleport"}]), {422}),
        "too many steps": (definition(steps=[STEP | {"id": f"s{n}"} for n in range(1001)]), {422}),
        "a huge definition": (definition(description="x" * 600_000), {422}),
        "ten megabytes": (b" " * 10_000_000, {413}),
    }


@pytest.mark.parametrize("name", wrong_bodies())
def test_a_wrong_body_is_refused_and_nothing_is_stored(served: Served, name: str) -> None:
    body, expected = wrong_bodies()[name]
    answer = ask(served, "POST", "/api/workflows", body)
    assert answer.status in expected
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status
    # A deployed stack has other users at the same time.
    assert is_deployed() or ask(served, "GET", "/api/workflows").json()["total"] == 0


@pytest.mark.embedded
def test_a_chunked_body_over_the_limit_is_refused(served: Served) -> None:
    chunks = (b" " * 65536 for _ in range(160))
    answer = ask(served, "POST", "/api/workflows", chunks)
    assert answer.status == 413


@pytest.mark.parametrize(
    "ref", ["nosuch", "wf_00000000000000000000000000", "x" * 3000, "%00", "a%2Fb", "%F0%9F%92%A9", "-"]
)
def test_unknown_ids_are_404(served: Served, ref: str) -> None:
    for method, path in [("GET", ref), ("POST", f"{ref}/run"), ("GET", f"{ref}/runs"), ("GET", f"runs/{ref}")]:
        assert ask(served, method, f"/api/workflows/{path}").status == 404


@pytest.mark.parametrize("cursor", ["x", "AAAA", "%3D", "%FF", "A" * 500, "A" * 501, "bnVsbA", "_-_-"])
def test_a_cursor_that_is_none_of_ours_is_no_failure(served: Served, cursor: str) -> None:
    assert ask(served, "GET", f"/api/workflows?cursor={cursor}").status in (200, 422)


@pytest.mark.embedded
def test_every_operation_takes_the_keys_that_the_document_says(served: Served) -> None:
    keys: dict[str, str] = {}
    for role in ROLES:
        made = stepweave("keys", "create", "--role", role, "--name", role, home=Path(served.home))
        assert made.returncode == 0, made.stderr
        keys[role] = made.stdout.strip()
    altered = keys["admin"][:-1] + ("0" if keys["admin"][-1] != "0" else "1")
    checked = 0
    for path, operations in ask(served, "GET", "/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            target = re.sub(r"{\w+}", "nosuch", path)
            needed = [role for each in operation.get("security", []) for role in each["apiKey"]]
            for key in ("", "sw_", "none", altered):
                assert (ask(served, method.upper(), target, key=key).status == 401) == bool(needed), path
            for held in ROLES:
                refused = bool(needed) and ROLES.index(held) < ROLES.index(needed[0])
                refused = refused or ("{key_id}" in path and held != "admin")  # a key of somebody else
                answer = ask(served, method.upper(), target, key=keys[held])
                assert (answer.status == 403) == refused, path
                assert answer.status < 500, path
                checked += 1
    assert checked >= 30
