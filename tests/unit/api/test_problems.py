import pytest

from stepweave.errors import BadRequest, Conflict, NotFound, PreconditionFailed, TooManyRequests, Unavailable


def test_a_problem_has_the_members_of_rfc_9457_and_ours(call):
    answer = call("GET", "/api/workflows/wf_unknown?secret=1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json == {
        "type": "/docs#workflow_not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no workflow 'wf_unknown'.",
        "instance": "/api/workflows/wf_unknown",
        "code": "workflow_not_found",
    }


@pytest.mark.parametrize(
    ("error", "status", "header"),
    [
        (BadRequest("No.", code="malformed_json"), 400, {}),
        (NotFound("run", "x"), 404, {}),
        (Conflict("No.", code="workflow_not_runnable"), 409, {}),
        (PreconditionFailed('"2"'), 412, {}),
        (TooManyRequests("Slow down.", code="too_many_runs", retry_after=7), 429, {"retry-after": "7"}),
        (Unavailable("DynamoDB"), 503, {"retry-after": "1"}),
    ],
)
def test_every_error_of_the_tree_has_its_status(call, service, error, status, header):
    service.failure = error
    answer = call("GET", "/api/workflows")
    assert answer.status == status == answer.json["status"]
    assert answer.json["code"] == error.code
    assert answer.json["detail"] == error.message
    assert header.items() <= answer.headers.items()


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/workflows/", "/api/workflows/x/", "/api/workflows/x/y", "//"])
def test_what_is_served_nowhere_is_a_404_problem(call, path):
    answer = call("GET", path, key=None)
    assert (answer.status, answer.json["code"]) == (404, "route_not_found")
    assert answer.json["instance"] == path


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/workflows", "GET, POST"),
        ("GET", "/api/workflows/validate", "POST"),
        ("GET", "/api/workflows/x/run", "POST"),
        ("POST", "/api/workflows/x", "DELETE, GET, PUT"),
        ("TRACE", "/api/workflows/runs/x", "DELETE, GET"),
        ("POST", "/health", "GET, HEAD"),
        ("BREW", "/docs", "GET"),
    ],
)
def test_405_names_every_method_that_the_path_takes(call, method, path, allowed):
    answer = call(method, path, key=None)
    assert answer.status == 405
    assert answer.headers["allow"] == allowed
    assert answer.json["code"] == "method_not_allowed"
