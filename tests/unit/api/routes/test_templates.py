import pytest

DEFINITION = {
    "name": "Look",
    "description": "Looks at a page.",
    "tags": ["web"],
    "steps": [{"id": "look", "type": "http_request", "config": {"url": "{{ parameters.url }}"}}],
}
PARAMETERS = {
    "type": "object",
    "properties": {
        "url": {"type": "string", "default": "https://example.com/"},
        "n": {"type": "integer", "default": 1},
    },
}


@pytest.fixture
def made(call):
    """A template's id."""
    answer = call("POST", "/api/workflows/templates", json={"definition": DEFINITION, "parameters": PARAMETERS})
    assert answer.status == 201, answer.body
    return answer.json["id"]


def places(answer):
    return [fault["path"] for fault in answer.json["errors"]]


def test_a_template_is_made_of_a_definition(call):
    body = {"definition": DEFINITION, "parameters": PARAMETERS, "category": "operations", "tags": [" a ", "a"]}
    answer = call("POST", "/api/workflows/templates", json=body)
    assert answer.status == 201
    template = answer.json["template"]
    assert answer.headers["location"] == f"/api/workflows/templates/{template['id']}"
    assert template == {
        "id": answer.json["id"],
        "slug": None,
        "name": "Look",
        "description": "Looks at a page.",
        "category": "operations",
        "is_builtin": False,
        "tags": ["a"],
        "created_at": "2026-11-02T14:00:00.000Z",
        "created_by": "key_sw_admin",
        "parameters": PARAMETERS,
        "definition": DEFINITION,
    }
    assert call("GET", answer.headers["location"], key="sw_reader").json == template


def test_list_rows_leave_definition_and_parameters_out(call, made):
    answer = call("GET", "/api/workflows/templates?is_builtin=false", key="sw_reader")
    (row,) = answer.json["templates"]
    assert row["id"] == made
    assert not {"definition", "parameters"} & row.keys()
    assert answer.json["total"] == 1


def test_installing_fills_the_parameters_in(call, service, made):
    body = {"name": "Mine", "parameters": {"url": "https://a.example/"}, "tags": ["mine"]}
    answer = call("POST", f"/api/workflows/templates/{made}/install", json=body, key="sw_writer")
    assert answer.status == 201
    assert answer.json == {"workflow_id": answer.headers["location"].removeprefix("/api/workflows/")}
    (request,) = service.created
    assert request.definition["name"] == "Mine"
    assert request.definition["steps"][0]["config"]["url"] == "https://a.example/"
    assert (request.tags, request.trigger_type, request.status) == (("mine",), "manual", "active")


def test_an_empty_body_installs_with_the_defaults(call, service, made):
    assert call("POST", f"/api/workflows/templates/{made}/install").status == 201
    (request,) = service.created
    assert request.definition["name"] == "Look"
    assert request.definition["steps"][0]["config"]["url"] == "https://example.com/"
    assert request.tags == ("web",)


def test_every_fault_of_the_parameters_is_told(call, service, made):
    given = {"parameters": {"url": 1, "n": "x", "colour": "red"}}
    answer = call("POST", f"/api/workflows/templates/{made}/install", json=given)
    assert (answer.status, answer.json["code"]) == (422, "parameters_invalid")
    assert places(answer) == ["/parameters/colour", "/parameters/n", "/parameters/url"]
    assert service.created == []


def test_a_parameter_that_must_be_told_is_named(call):
    parameters = {"type": "object", "properties": {"url": {"examples": ["https://x.example/"]}}, "required": ["url"]}
    body = {"definition": DEFINITION, "parameters": parameters}
    made = call("POST", "/api/workflows/templates", json=body).json["id"]
    answer = call("POST", f"/api/workflows/templates/{made}/install")
    assert places(answer) == ["/parameters"]
    assert "'url' is a required property" in answer.json["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, ""),
        ({"definition": DEFINITION, "workflow_id": "wf_1"}, ""),
        ({"definition": DEFINITION, "version": 1}, ""),
        ({"workflow_id": "wf_1", "version": 0}, "/version"),
        ({"definition": DEFINITION, "colour": 1}, "/colour"),
        ({"definition": {"name": "x", "steps": []}}, "/definition/steps"),
        ({"definition": DEFINITION}, "/definition/steps/0/config/url"),
        ({"definition": DEFINITION, "parameters": {"type": "array"}}, "/parameters/type"),
        ({"definition": DEFINITION, "parameters": {"type": "nonsense"}}, "/parameters/type"),
        (
            {"definition": DEFINITION, "parameters": {"type": "object", "properties": {"url": {"type": "string"}}}},
            "/parameters/properties/url",
        ),
        (
            {
                "definition": DEFINITION,
                "parameters": {"type": "object", "properties": {"url": {"type": "string", "default": 1}}},
            },
            "/parameters/properties/url/default",
        ),
    ],
)
def test_what_would_not_install_is_refused_with_its_place(call, body, place):
    answer = call("POST", "/api/workflows/templates", json=body)
    assert answer.status == 422, answer.body
    assert place in places(answer)
    assert call("GET", "/api/workflows/templates?is_builtin=false").json["total"] == 0


def test_one_s_own_are_deleted_once(call, made):
    assert call("DELETE", f"/api/workflows/templates/{made}", key="sw_reader").status == 403
    gone = call("DELETE", f"/api/workflows/templates/{made}", key="sw_writer")
    assert (gone.status, gone.body) == (204, b"")
    again = call("DELETE", f"/api/workflows/templates/{made}")
    assert (again.status, again.json["code"]) == (404, "template_not_found")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("ref", ["tpl_none", "x" * 5000, "é", "a b"])
def test_an_unknown_template_is_a_404(call, method, ref):
    answer = call(method, f"/api/workflows/templates/{ref}")
    assert (answer.status, answer.json["code"]) == (404, "template_not_found")


@pytest.mark.parametrize(
    "query", ["limit=0", "is_builtin=maybe", "is_builtin=1", "category=", "cursor=abc", "q=", "colour=1"]
)
def test_a_bad_filter_is_named(call, query):
    answer = call("GET", f"/api/workflows/templates?{query}")
    assert answer.status == 422
    assert places(answer) == [f"?{query.partition('=')[0]}"]
