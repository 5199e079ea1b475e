import pytest

DEFINITION = {
    "name": "Fetch",
    "steps": [
        {"id": "fetch", "type": "http_request", "config": {"url": "https://example.com/{{ input.n }}"}},
        {"id": "nap", "type": "wait", "depends_on": ["fetch"], "config": {"duration": "3h"}},
    ],
}


def test_a_draft_is_tested_without_being_stored(call):
    mocks = {"fetch": {"output": {"status_code": 200}, "times": 1}}
    body = {"definition": DEFINITION, "input_data": {"n": 7}, "mocks": mocks}
    answer = call("POST", "/api/workflows/test", json=body)
    assert answer.status == 200
    assert answer.json["run"]["status"] == "completed"
    assert [row["status"] for row in answer.json["run"]["step_runs"]] == ["completed", "completed"]
    assert answer.json["run"]["step_runs"][0]["attempt"] == 2
    assert answer.json["trace"][0]["config"]["url"] == "https://example.com/7"
    assert call("GET", "/api/workflows").json["total"] == 0


def test_a_stored_workflow_is_tested_by_its_id(call):
    created = call("POST", "/api/workflows", json={"definition": DEFINITION}).json["id"]
    answer = call("POST", f"/api/workflows/{created}/test", json={"input_data": {"n": 1}})
    assert (answer.status, answer.json["assumed"]) == (200, ["fetch"])
    assert call("POST", "/api/workflows/wf_9/test", json={}).status == 404


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "/definition"),
        ({"definition": DEFINITION, "mock": {}}, "/mock"),
        ({"definition": DEFINITION, "mocks": []}, "/mocks"),
        ({"definition": DEFINITION, "mocks": {"fetch": {"output": 1, "error": {"code": "x"}}}}, "/mocks/fetch"),
        ({"definition": DEFINITION, "mocks": {"fetch": {"times": 0}}}, "/mocks/fetch/times"),
        (
            {"definition": DEFINITION, "mocks": {"fetch": {"error": {"code": "x", "kind": "odd"}}}},
            "/mocks/fetch/error/kind",
        ),
        ({"definition": DEFINITION, "mocks": {"fetsch": {}}}, "/mocks/fetsch"),
        ({"definition": {"name": "x"}}, "/definition/steps"),
        ({"definition": 7}, "/definition"),
        ({"definition": DEFINITION, "input_data": []}, "/input_data"),
    ],
)
def test_what_cannot_be_tested_is_refused_with_its_place(call, body, path):
    answer = call("POST", "/api/workflows/test", json=body)
    assert answer.status == 422
    assert answer.json["errors"][0]["path"] == path


def test_a_mock_that_is_no_object_is_told_so(call):
    answer = call("POST", "/api/workflows/test", json={"definition": DEFINITION, "mocks": {"fetch": 7}})
    assert answer.json["errors"] == [{"path": "/mocks/fetch", "message": "An object is needed."}]


def test_errors_are_of_the_class_that_is_told_or_that_their_code_names(call):
    for error, attempts in (
        ({"code": "timeout"}, 3),
        ({"code": "http_status", "kind": "server_error"}, 3),
        ({"code": "http_status"}, 1),
    ):
        body = {"definition": DEFINITION, "input_data": {"n": 1}, "mocks": {"fetch": {"error": error}}}
        run = call("POST", "/api/workflows/test", json=body).json["run"]
        assert (run["status"], run["step_runs"][0]["attempt"]) == ("failed", attempts)


def test_readers_may_not_test(call):
    answer = call("POST", "/api/workflows/test", json={"definition": DEFINITION}, key="sw_reader")
    assert answer.status == 403
