import pytest


def test_create_answers_201_with_the_id_the_place_and_the_workflow(call, service):
    definition = {"name": "Fetch", "steps": [], "zeta": 1, "alpha": 2}
    answer = call("POST", "/api/workflows", json={"definition": definition, "tags": ["data"], "slug": "fetch"})

    workflow_id = answer.json["id"]
    assert answer.status == 201
    assert answer.headers["location"] == f"/api/workflows/{workflow_id}"
    assert answer.json["workflow"] == {
        "id": workflow_id,
        "slug": "fetch",
        "name": "Fetch",
        "description": None,
        "version": 1,
        "status": "active",
        "trigger_type": "manual",
        "tags": ["data"],
        "definition": definition,
        "created_at": "2026-11-02T14:00:00.000Z",
        "updated_at": "2026-11-02T14:00:00.000Z",
        "created_by": "key_sw_admin",
        "updated_by": "key_sw_admin",
    }
    assert list(answer.json["workflow"]["definition"]) == ["name", "steps", "zeta", "alpha"]
    assert service.created[0].tags == ("data",)


def test_without_tags_the_use_case_decides(call, service):
    call("POST", "/api/workflows", json={"definition": {"name": "x"}})
    assert service.created[0].tags is None


def test_problems_of_a_definition_are_placed_below_definition(call, service):
    answer = call("POST", "/api/workflows", json={"definition": {}})
    assert answer.status == 422
    assert answer.json["code"] == "definition_invalid"
    assert answer.json["errors"] == [{"path": "/definition/name", "message": "Field required"}]
    assert service.created == []


def test_faults_of_the_body_and_of_the_definition_come_in_one_answer(call):
    answer = call("POST", "/api/workflows", json={"definition": {}, "tags": "data", "colour": "red"})
    assert [fault["path"] for fault in answer.json["errors"]] == ["/tags", "/colour", "/definition/name"]


def test_a_taken_slug_is_a_conflict(call):
    for expected in (201, 409):
        answer = call("POST", "/api/workflows", json={"definition": {"name": "x"}, "slug": "mine"})
        assert answer.status == expected
    assert answer.json["code"] == "slug_taken"


def test_get_answers_the_bare_workflow_with_an_etag(call, stored):
    answer = call("GET", f"/api/workflows/{stored['workflow_id']}", key="sw_reader")
    assert answer.status == 200
    assert answer.json["id"] == stored["workflow_id"]
    assert answer.json["definition"]["name"] == "Stored"
    assert answer.headers["etag"] == f'"{stored["workflow_id"]}-1"'


def test_create_answers_the_etag_that_get_answers(call):
    created = call("POST", "/api/workflows", json={"definition": {"name": "x"}})
    assert call("GET", created.headers["location"]).headers["etag"] == created.headers["etag"]


def test_a_workflow_is_found_by_its_slug(call):
    call("POST", "/api/workflows", json={"definition": {"name": "x"}, "slug": "By.Name_1-x"})
    assert call("GET", "/api/workflows/By.Name_1-x").json["slug"] == "By.Name_1-x"


def test_list_rows_leave_the_definition_out(call, stored):
    answer = call("GET", "/api/workflows", key="sw_reader")
    assert answer.json["total"] == 1
    assert answer.json["next_cursor"] is None
    assert answer.json["workflows"][0]["id"] == stored["workflow_id"]
    assert "definition" not in answer.json["workflows"][0]


def test_lists_have_fifty_rows_unless_asked_otherwise(call, service):
    call("GET", "/api/workflows")
    call("GET", "/api/workflows?limit=200&offset=7&cursor=abc")
    assert [(query.limit, query.offset, query.cursor) for query in service.listed] == [(50, 0, None), (200, 7, "abc")]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("limit=", "limit"),
        ("limit=NaN", "limit"),
        ("offset=-1", "offset"),
        ("offset=99999999999999999999", "offset"),
        ("cursor=", "cursor"),
        ("limti=5", "limti"),
    ],
)
def test_a_bad_query_parameter_is_named(call, service, query, name):
    answer = call("GET", f"/api/workflows?{query}")
    assert answer.status == 422
    assert [fault["path"] for fault in answer.json["errors"]] == [f"?{name}"]
    assert service.listed == []


def test_validate_answers_sentences_and_problems_in_the_same_order(call):
    answer = call("POST", "/api/workflows/validate", key="sw_reader", json={"definition": {}})
    assert answer.status == 200
    assert answer.json == {
        "valid": False,
        "errors": ["Field required"],
        "problems": [{"code": "missing", "path": "/name", "message": "Field required", "hint": ""}],
    }


def test_a_good_definition_is_valid_and_not_stored(call, service):
    answer = call("POST", "/api/workflows/validate", json={"definition": {"name": "x"}})
    assert answer.json == {"valid": True, "errors": [], "problems": []}
    assert service.created == []


@pytest.mark.parametrize("body", [b"", b"{}", b'{"definition": null}', b'{"definition": [1]}', b'{"other": 1}'])
def test_a_missing_or_non_object_definition_is_invalid_with_200(call, body):
    answer = call("POST", "/api/workflows/validate", body=body)
    assert answer.status == 200
    assert answer.json["valid"] is False


def test_validate_wants_an_object(call):
    answer = call("POST", "/api/workflows/validate", body=b"[]")
    assert answer.status == 422
    assert answer.json["errors"] == [{"path": "", "message": "The body must be a JSON object."}]


@pytest.mark.parametrize("word", ["validate", "schedules", "graph", "import"])
def test_a_literal_path_is_never_a_workflow_of_that_name(call, word):
    answer = call("GET", f"/api/workflows/{word}")
    assert answer.status == (405 if word in ("validate", "graph", "import") else 404)
    assert answer.json["code"] in ("method_not_allowed", "route_not_found")


@pytest.mark.parametrize("ref", ["wf_unknown", "x" * 5000, "-dash", "a b", "a%00b", "é", "a\n", ".."])
def test_an_unknown_workflow_is_a_404_that_names_it(call, ref):
    answer = call("GET", f"/api/workflows/{ref}")
    assert answer.status == 404
    assert answer.json["code"] == "workflow_not_found"
    assert ref[:90] in answer.json["detail"]
