import pytest

from stepweave.services.listing import WorkflowFilters
from stepweave.services.preconditions import IfMatch
from stepweave.services.workflows import KEPT

DEFINITION = {"name": "New"}


@pytest.fixture
def path(stored):
    return f"/api/workflows/{stored['workflow_id']}"


def test_what_a_change_leaves_out_is_kept(call, service, path):
    assert call("PUT", path, json={"definition": DEFINITION}).status == 200
    [request] = service.replaced
    assert (request.definition, request.change_summary) == (DEFINITION, None)
    assert (request.tags, request.trigger_type, request.slug, request.if_match) == (KEPT, KEPT, KEPT, IfMatch())


def test_what_a_change_names_is_asked_for(call, service, path):
    body = {"definition": DEFINITION, "tags": None, "slug": None, "trigger_type": "event", "change_summary": "Why"}
    call("PUT", path, json=body)
    [request] = service.replaced
    assert (request.tags, request.slug, request.trigger_type, request.change_summary) == (None, None, "event", "Why")


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({}, ["/definition"]),
        ({"definition": DEFINITION, "trigger_type": None}, ["/trigger_type"]),
        ({"definition": DEFINITION, "change_summary": ""}, ["/change_summary"]),
        ({"definition": DEFINITION, "change_summary": "x" * 1_001}, ["/change_summary"]),
        ({"definition": DEFINITION, "slug": "wf_x", "status": "active"}, ["/slug", "/status"]),
        ({"definition": {}, "tags": [""]}, ["/tags/0", "/definition/name"]),
    ],
)
def test_all_that_is_wrong_with_a_change_is_named(call, service, path, body, places):
    answer = call("PUT", path, json=body)
    assert (answer.status, [fault["path"] for fault in answer.json["errors"]]) == (422, places)
    assert service.replaced == []


@pytest.mark.parametrize(
    ("header", "etags"),
    [
        ("*", None),
        ('"a"', {'"a"'}),
        (' "a" , "b,c"', {'"a"', '"b,c"'}),
        ('W/"a"', set()),
        ('W/"a", "b"', {'"b"'}),
        ("a", set()),
        ("", set()),
    ],
)
def test_entity_tags_are_read_as_http_has_them(call, service, path, header, etags):
    before = call("GET", path).headers["etag"]
    answer = call("PUT", path, json={"definition": DEFINITION}, headers={"if-match": header})
    assert answer.status == (200 if etags is None else 412)
    if etags is not None:
        assert before in answer.json["detail"]


def test_the_current_entity_tag_is_taken_among_others(call, path):
    etag = call("GET", path).headers["etag"]
    answer = call("PATCH", f"{path}/status", json={"status": "paused"}, headers={"if-match": f'"x", {etag}'})
    assert (answer.status, answer.json["status"]) == (200, "paused")
    assert answer.headers["etag"] != etag


@pytest.mark.parametrize(("query", "force"), [("", False), ("?force=true", True), ("?force=false", False)])
def test_a_deletion_says_whether_runs_may_be_cancelled(call, service, path, query, force):
    assert call("DELETE", path + query).status == 204
    assert [request.force for request in service.deleted] == [force]


def test_filters_are_trimmed_and_each_is_asked_for_once(call, service):
    call("GET", "/api/workflows?tag=a&tag=%20a%20&tag=b&q=%20x%20&status=paused&trigger_type=event")
    call("GET", "/api/workflows?q=%20")
    assert service.filters == [WorkflowFilters("paused", "event", ("a", "b"), "x"), WorkflowFilters()]


@pytest.mark.parametrize("version", ["0", "01", "-1", "x", "1.0", "100000000"])
def test_what_is_no_number_of_a_version_names_none(call, path, version):
    answer = call("GET", f"{path}/versions/{version}")
    assert (answer.status, answer.json["code"]) == (404, "version_not_found")


@pytest.mark.parametrize("query", ["", "v1=1", "v1=1&v2=0", "v1=1&v2=x", "v1=1&v2=1&v3=1"])
def test_what_cannot_be_compared_is_a_fault_of_the_query(call, path, query):
    answer = call("GET", f"{path}/diff?{query}")
    assert answer.status == 422
    assert answer.json["errors"][0]["path"].startswith("?v")


def test_a_replayed_creation_says_so(call):
    bodies = [
        call("POST", "/api/workflows", json={"definition": DEFINITION}, headers={"idempotency-key": "k"})
        for _ in range(2)
    ]
    assert [answer.headers.get("idempotent-replayed") for answer in bodies] == [None, "true"]
