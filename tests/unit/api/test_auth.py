import re
from dataclasses import replace

import pytest

from stepweave.domain.rate_limit import Allowance, RateLimited

ROLES = ("read", "write", "admin")
KEYS = {"read": "sw_reader", "write": "sw_writer", "admin": "sw_admin"}
OPEN = {("get", "/health"), ("get", "/approvals/{token}"), ("post", "/approvals/{token}"), ("post", "/hooks/{slug}")}


def operations(call):
    """Method, path, and the role that the document says is needed; None where no key is."""
    for path, methods in call("GET", "/openapi.json", key=None).json["paths"].items():
        for method, operation in methods.items():
            requirements = operation.get("security", [])
            yield method, path, requirements[0]["apiKey"][0] if requirements else None


def filled(path, stored):
    return re.sub(r"{(\w+)}", lambda found: stored[found[1]], path)


def test_the_document_names_a_role_for_every_operation_but_the_open_ones(call):
    roles = {(method, path): role for method, path, role in operations(call)}
    assert {operation for operation, role in roles.items() if role is None} == OPEN
    for (method, path), role in roles.items():
        if role:
            assert role == role_of(method, path), path


def role_of(method, path):
    """A key manages itself, whatever its role; the use cases see to it that it manages no other."""
    if path == "/api/keys":
        return "admin"
    reads = method == "get" or path.endswith(("/validate", "/graph")) or path.startswith("/api/keys/")
    return "read" if reads else "write"


@pytest.mark.parametrize("held", ROLES)
def test_a_key_may_do_what_its_role_allows_and_no_more(call, stored, held):
    for method, path, needed in operations(call):
        answer = call(method.upper(), filled(path, stored), key=KEYS[held])
        if needed is None or ROLES.index(held) >= ROLES.index(needed):
            assert answer.status not in (401, 403), path
        else:
            assert answer.status == 403, path
            assert answer.json["code"] == "role_required"
            assert f"'{needed}'" in answer.json["detail"]


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer sw_wrong",
        "Basic c3dfYWRtaW46",
        "sw_admin",
        "Bearer sw_admin x",
        "Bearer é",
    ],
)
def test_without_a_valid_key_nothing_is_answered_and_nothing_done(call, stored, service, authorization):
    before = len(service.created), len(service.started), len(service.listed)
    headers = {} if authorization is None else {"authorization": authorization}
    for method, path, needed in operations(call):
        if needed:
            answer = call(method.upper(), filled(path, stored), key=None, headers=headers, body=b"{broken")
            assert answer.status == 401, path
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json["code"] == "unauthenticated"
    assert (len(service.created), len(service.started), len(service.listed)) == before


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_is_read_without_regard_to_case(call, scheme):
    assert call("GET", "/api/workflows", key=None, headers={"authorization": f"{scheme} sw_reader"}).status == 200


def test_a_role_is_refused_before_the_body_is_read(call):
    answer = call("POST", "/api/workflows", key="sw_reader", body=b"{broken")
    assert answer.status == 403


LEFT = Allowance(limit=500, remaining=499, reset_seconds=1, reset_at=1_793_610_601, retry_after=0)
TOLD = {"ratelimit-limit": "500", "ratelimit-remaining": "499", "ratelimit-reset": "1"}
TOLD |= {"x-ratelimit-limit": "500", "x-ratelimit-remaining": "499", "x-ratelimit-reset": "1793610601"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/workflows", 200),
        ("GET", "/api/workflows/nosuch", 404),
        ("POST", "/api/v0/events", 400),
        ("GET", "/workflows/executions/active", 200),
    ],
)
def test_every_answer_to_a_key_tells_what_is_left_to_it(call, service, method, path, status):
    service.left = LEFT
    answer = call(method, path)
    assert TOLD.items() <= answer.headers.items()
    assert answer.status == status


@pytest.mark.parametrize(("key", "path"), [("sw_wrong", "/api/workflows"), (None, "/health")])
def test_who_is_nobody_is_told_nothing_of_limits(call, service, key, path):
    service.left = LEFT
    assert not TOLD.keys() & call("GET", path, key=key).headers.keys()


def test_without_limits_there_is_nothing_to_tell(call):
    assert not TOLD.keys() & call("GET", "/api/workflows").headers.keys()


@pytest.mark.parametrize(
    ("path", "media", "told"),
    [
        ("/api/workflows", "application/problem+json", {"code": "rate_limited", "title": "Too many requests"}),
        ("/api/v0/events", "application/problem+json", {"code": "rate_limit_exceeded", "retry_after": 3}),
        ("/workflows/executions/active", "application/json", {}),
    ],
)
def test_too_many_requests_are_refused_in_the_form_of_the_surface(call, service, log, path, media, told):
    service.failed_login = RateLimited("key_1", replace(LEFT, remaining=0, retry_after=3))
    answer = call("POST" if path == "/api/v0/events" else "GET", path)
    assert (answer.status, answer.headers["content-type"]) == (429, media)
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["ratelimit-remaining"] == "0"
    assert told.items() <= answer.json.items()
    assert "there is room for one in 3 s" in answer.json["detail"]
    assert log.lines[-1][2]["key_id"] == "key_1"
