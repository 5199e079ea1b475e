import pytest

from stepweave.api.compozy.problems import has_problems, problem_body, status_of
from stepweave.errors import Fault, Invalid, NotFound, TooManyRequests


@pytest.mark.parametrize(
    ("method", "path", "has"),
    [
        ("GET", "/api/v0/agents", True),
        ("PUT", "/api/v0/tools/x", True),
        ("POST", "/api/v0/agents/export", False),
        ("POST", "/api/v0/agents/x/executions", False),
        ("GET", "/api/v0/workflows/x", False),
        ("PUT", "/api/v0/workflows/x", True),
        ("DELETE", "/api/v0/workflows/x", True),
        ("GET", "/api/v0/nothing", False),
    ],
)
def test_resources_have_problems_and_the_rest_has_the_envelope(method, path, has):
    assert has_problems(method, path) is has


def test_invalid_input_is_400_and_a_definition_without_sense_422():
    assert status_of(Invalid([Fault("", "x")])) == 400
    assert status_of(Invalid([Fault("", "x")], code="definition_invalid")) == 422
    assert status_of(NotFound("run", "x")) == 404


def test_a_problem_has_the_members_of_both_generations():
    body = problem_body(TooManyRequests("Slow down.", code="rate", retry_after=3), 429, "/api/v0/agents/a b")
    assert (body["title"], body["detail"]) == (body["error"], body["details"]) == ("Too many requests", "Slow down.")
    assert (body["status"], body["code"], body["instance"]) == (429, "rate", "/api/v0/agents/a%20b")
    assert body["retry_after"] == 3


@pytest.mark.parametrize("path", ["/api/v0/nothing", "/api/v0/"])
def test_what_is_not_served_is_answered_in_the_envelope(call, path):
    answer = call("GET", path)
    assert (answer.status, answer.json["error"]["code"]) == (404, "NOT_FOUND")


def test_what_nobody_foresaw_is_answered_in_the_envelope(call, service):
    def fail(*_):
        raise RuntimeError("secret")

    service.triggers.publish = fail
    answer = call("POST", "/api/v0/openapi.json")
    assert (answer.status, answer.json["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
