import pytest

STEPS = [{"id": "a", "type": "script", "config": {"language": "shell", "source": "echo 1\necho 2\n"}}]
WORKFLOW_ID = "wf_01KAFZ5Y0M5VJ3R1XQZ0W8T4CN"
YAML = {"content-type": "application/yaml; charset=utf-8"}


@pytest.fixture
def made(call):
    return call("POST", "/api/workflows", json={"definition": {"name": "Fetch", "steps": STEPS}, "slug": "fetch"}).json


def test_a_workflow_is_exported_as_json(call, made):
    answer = call("GET", "/api/workflows/fetch/export", key="sw_reader")
    assert answer.status == 200
    assert answer.headers["etag"] == call("GET", "/api/workflows/fetch").headers["etag"]
    assert answer.json == {
        "id": made["id"],
        "slug": "fetch",
        "trigger_type": "manual",
        "status": "active",
        "tags": [],
        "definition": {"name": "Fetch", "steps": STEPS},
    }


def test_as_yaml_it_tells_where_it_comes_from(call, made):
    answer = call("GET", "/api/workflows/fetch/export", headers={"accept": "application/yaml"})
    assert answer.headers["content-type"].startswith("application/yaml")
    assert answer.body.decode() == (
        f"# Fetch: version 1 of {made['id']}, made at 2026-11-02T14:00:00.000Z by key_sw_admin\n"
        "# Initial version; the workflow was last changed at 2026-11-02T14:00:00.000Z\n"
        f"id: {made['id']}\n"
        "slug: fetch\ntrigger_type: manual\nstatus: active\ntags: []\ndefinition:\n  name: Fetch\n  steps:\n"
        "    - id: a\n      type: script\n      config:\n        language: shell\n"
        "        source: |\n          echo 1\n          echo 2\n"
    )


@pytest.mark.parametrize(
    ("query", "accept", "form"),
    [
        ("", "*/*", "json"),
        ("", "application/json, application/yaml", "json"),
        ("", "application/json;q=0.5, text/yaml", "yaml"),
        ("", "application/x-yaml;q=0.9, application/json;q=1", "json"),
        ("", "application/yaml;q=often", "json"),
        ("?format=yaml", "application/json", "yaml"),
        ("?format=json", "application/yaml", "json"),
    ],
)
def test_the_form_is_as_asked_for(call, made, query, accept, form):
    answer = call("GET", f"/api/workflows/fetch/export{query}", headers={"accept": accept})
    assert answer.headers["content-type"].startswith(f"application/{form}")


def test_what_is_exported_as_yaml_is_imported(call, service, made):
    text = call("GET", "/api/workflows/fetch/export?format=yaml").body.replace(b"slug: fetch", b"slug: other")
    text = text.replace(made["id"].encode(), WORKFLOW_ID.encode())
    answer = call("POST", "/api/workflows/import?on_conflict=version", body=text, headers=YAML, key="sw_writer")
    assert answer.status == 201
    assert answer.json == {"workflow_id": answer.json["workflow_id"], "version": 1, "result": "created"}
    assert answer.headers["location"] == f"/api/workflows/{answer.json['workflow_id']}"
    ((document, on_conflict),) = service.imported
    assert on_conflict == "version"
    assert (document.id, document.slug, document.tags) == (WORKFLOW_ID, "other", ())
    assert document.definition == {"name": "Fetch", "steps": STEPS}


def test_what_is_left_out_is_left_open(call, service):
    call("POST", "/api/workflows/import", json={"definition": {"name": "x"}})
    ((document, on_conflict),) = service.imported
    assert on_conflict == "fail"
    assert (document.id, document.slug, document.trigger_type, document.status, document.tags) == (None,) * 5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"a: [", "line 1"),
        (b"a: 1\na: 2", "given twice"),
        (b"\xff", "UTF-8"),
        (b"a: 1e999", "line 1"),
        (b"[" * 200_000, "nested"),
        (b"? [1]\n: 2", "line 1"),
        (b"a: &x [*x]", "no end"),
        (b"a: !!python/object:os.system 1", "line 1"),
    ],
)
def test_what_is_no_yaml_is_malformed(call, text, why):
    answer = call("POST", "/api/workflows/import", body=text, headers=YAML)
    assert (answer.status, answer.json["code"]) == (400, "malformed_yaml")
    assert why in answer.json["detail"], answer.json["detail"]


@pytest.mark.parametrize("text", [b'a: "\\uD800"', b"a: " + b"[" * 120 + b"]" * 120])
def test_yaml_is_held_to_what_json_is_held_to(call, text):
    answer = call("POST", "/api/workflows/import", body=text, headers=YAML)
    assert (answer.status, answer.json["code"]) in ((400, "malformed_json"), (400, "nested_too_deeply"))


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "/definition"),
        ({"definition": {"name": "x"}, "id": "wf_short"}, "/id"),
        ({"definition": {"name": "x"}, "slug": "a b"}, "/slug"),
        ({"definition": {"name": "x"}, "colour": 1}, "/colour"),
        ({"definition": {}}, "/definition/name"),
    ],
)
def test_what_is_wrong_with_a_document_is_named(call, body, place):
    answer = call("POST", "/api/workflows/import", json=body)
    assert answer.status == 422
    assert [fault["path"] for fault in answer.json["errors"]] == [place]


def test_an_unknown_rule_for_conflicts_is_named(call):
    answer = call("POST", "/api/workflows/import?on_conflict=perhaps", json={"definition": {"name": "x"}})
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "?on_conflict")


def test_empty_yaml_counts_as_nothing_given(call):
    answer = call("POST", "/api/workflows/import", body=b"# nothing\n", headers=YAML)
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "/definition")
