import pytest
import yaml

from stepweave.domain import keyset
from stepweave.domain.reference import Ref, User

PLACES = ["/api/v0/agents", "/api/v0/tasks", "/api/v0/tools"]
every_kind = pytest.mark.parametrize("place", PLACES)


def put(call, path, body=None, **more):
    return call("PUT", path, json={} if body is None else body, **more)


@every_kind
def test_an_empty_object_makes_one_and_a_second_put_changes_it(call, place):
    made = put(call, f"{place}/a")
    assert (made.status, made.json["status"], made.json["data"]["id"]) == (201, 201, "a")
    assert made.headers["location"] == f"{place}/a"
    changed = put(call, f"{place}/a", {"env": {"A": "b"}})
    assert (changed.status, changed.json["data"]["env"]) == (200, {"A": "b"})
    assert "location" not in changed.headers
    read = call("GET", f"{place}/a")
    assert (read.status, read.json["data"]) == (200, changed.json["data"])
    assert read.headers["etag"] == changed.headers["etag"] != made.headers["etag"]
    assert len(read.headers["etag"].strip('"')) == 64


@every_kind
def test_what_is_deleted_is_gone_and_deleting_it_again_is_no_error(call, place):
    put(call, f"{place}/a")
    for _ in range(2):
        answer = call("DELETE", f"{place}/a")
        assert (answer.status, answer.body) == (204, b"")
    gone = call("GET", f"{place}/a")
    assert (gone.status, gone.json["code"]) == (404, "not_found")
    assert gone.headers["content-type"] == "application/problem+json"
    assert (gone.json["title"], gone.json["detail"]) == (gone.json["error"], gone.json["details"])
    assert gone.json["instance"] == f"{place}/a"


@every_kind
def test_a_project_is_a_namespace(call, place):
    made = put(call, f"{place}/a?project=blue")
    assert made.headers["location"] == f"{place}/a?project=blue"
    assert call("GET", f"{place}/a").status == 404
    assert call("GET", f"{place}/a?project=blue").status == 200
    assert "total" not in call("GET", place).json["data"]["page"]
    assert call("GET", f"{place}?project=blue").json["data"]["page"]["total"] == 1
    assert call("GET", f"{place}?project=no%20project").status == 400


def tag_of(call, place):
    return call("GET", f"{place}/a").headers["etag"]


@every_kind
def test_if_match_takes_the_tag_of_the_header_and_that_of_a_list(call, place):
    put(call, f"{place}/a")
    quoted = tag_of(call, place)
    [listed] = [item["etag"] for item in call("GET", place).json["data"][place.rpartition("/")[2]]]
    assert quoted == f'"{listed}"'
    stale = put(call, f"{place}/a", headers={"if-match": '"stale"'})
    assert (stale.status, stale.json["code"]) == (412, "etag_mismatch")
    assert put(call, f"{place}/a", {"env": {"A": "1"}}, headers={"if-match": listed}).status == 200
    assert put(call, f"{place}/a", {"env": {"A": "2"}}, headers={"if-match": listed}).status == 412
    first_of_two = f'{tag_of(call, place)}, "other"'
    assert put(call, f"{place}/a", headers={"if-match": first_of_two}).status == 200
    assert put(call, f"{place}/a", headers={"if-match": ""}).status == 200, "an empty header is none"


@pytest.mark.parametrize("tag", ["*", 'W/"x"', '""', "W/x", '"a', "a b", ","])
def test_if_match_takes_no_other_tag(call, tag):
    answer = put(call, "/api/v0/agents/a", headers={"if-match": tag})
    assert (answer.status, answer.json["code"]) == (400, "invalid_if_match")
    assert call("GET", "/api/v0/agents/a").status == 404


def test_if_match_on_what_is_not_there_makes_nothing(call):
    assert put(call, "/api/v0/agents/a", headers={"if-match": '"x"'}).status == 412
    assert call("GET", "/api/v0/agents/a").status == 404


@every_kind
@pytest.mark.parametrize("body", [{"nope": 1}, {"id": "b"}, [], "text", {"env": {"A": 1}}])
def test_what_is_wrong_with_a_body_is_a_problem(call, place, body):
    answer = call("PUT", f"{place}/a", json=body)
    assert (answer.status, answer.json["code"], answer.json["status"]) == (400, "invalid_request", 400)
    assert call("GET", f"{place}/a").status == 404


@pytest.mark.parametrize("name", ["-a", "a%20b", "a%3Ab", "a" * 101])
def test_an_id_that_is_none_is_refused_when_put_and_unknown_otherwise(call, name):
    path = f"/api/v0/agents/{name}"
    assert [put(call, path).status, call("GET", path).status, call("DELETE", path).status] == [400, 404, 204]


def test_credentials_are_hidden_and_kept_when_they_are_put_back(call, service):
    content = {"model": {"config": {"provider": "openai", "api_key": "sk-1"}}, "env": {"DB_PASSWORD": "x"}}
    shown = put(call, "/api/v0/agents/a", content).json["data"]
    assert shown["model"]["config"]["api_key"] == shown["env"]["DB_PASSWORD"] == "********"
    etag = tag_of(call, "/api/v0/agents")
    shown["model"]["config"]["provider"] = "groq"
    assert put(call, "/api/v0/agents/a", shown, headers={"if-match": etag}).status == 200
    stored = service.resources.resources.get("agent", "a").content
    assert stored["model"]["config"] == {"provider": "groq", "api_key": "sk-1"}
    assert put(call, "/api/v0/agents/b", shown).status == 400, "there is no stored one to keep"


def listed(call, query=""):
    answer = call("GET", f"/api/v0/agents{query}")
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.json["data"]["agents"]], answer.json["data"]["page"], answer.headers


@pytest.fixture
def five(call):
    for name in ("a", "ab", "b", "c", "d"):
        put(call, f"/api/v0/agents/{name}")


def test_pages_lead_to_each_other_by_cursors_and_links(call, five):
    ids, page, headers = listed(call, "?limit=2")
    assert (ids, page["limit"], page["total"]) == (["a", "ab"], 2, 5)
    assert "prev_cursor" not in page
    assert headers["link"] == f'</api/v0/agents?limit=2&cursor={page["next_cursor"]}>; rel="next"'
    ids, page, headers = listed(call, headers["link"][1:].partition(">")[0].removeprefix("/api/v0/agents"))
    assert ids == ["b", "c"]
    assert [link.partition("; ")[2] for link in headers["link"].split(", ")] == ['rel="next"', 'rel="prev"']
    assert listed(call, f"?limit=2&cursor={page['prev_cursor']}")[0] == ["a", "ab"]
    ids, page, headers = listed(call, f"?limit=2&cursor={page['next_cursor']}")
    assert (ids, "next_cursor" in page, headers["link"].count("rel")) == (["d"], False, 1)


@pytest.mark.parametrize(
    ("asked", "limit"),
    [("", 50), ("0", 50), ("-1", 50), ("x", 50), ("1.5", 50), ("3", 3), ("500", 500), ("501", 500), ("9" * 999, 500)],
)
def test_a_limit_that_is_none_counts_as_fifty(call, five, asked, limit):
    assert listed(call, f"?limit={asked}")[1]["limit"] == limit
    assert "link" not in listed(call)[2]


@pytest.mark.parametrize("cursor", ["v2:after:a", "djI6YWZ0ZXI6YQ==", "%C3%A4"])
def test_a_cursor_that_is_none_is_refused(call, cursor):
    answer = call("GET", f"/api/v0/agents?cursor={cursor}")
    assert (answer.status, answer.json["code"], answer.json["instance"]) == (400, "invalid_cursor", "/api/v0/agents")


def test_a_prefix_narrows_the_list(call, five):
    assert listed(call, "?q=a")[0] == ["a", "ab"]
    ids, page, _ = listed(call, "?q=%C3%A4")
    assert (ids, "total" in page) == ([], False)
    assert listed(call, f"?q=a&limit=1&cursor={keyset.encode(keyset.Place('after', 'a'))}")[0] == ["ab"]


def test_a_workflow_narrows_the_list_to_what_it_names(call, five, service):
    from stepweave.domain.workflow import Version, Workflow

    steps = [{"id": s, "type": "agent_task", "config": {"agent_id": a, "goal": "g"}} for s, a in ("xb", "yd", "zz")]
    workflow = Workflow("wf_1", "w", 1, "active", "manual", "t", "t", "k", "k", slug="flow")
    service.resources.workflows.create(workflow, Version("wf_1", 1, {"name": "w", "steps": steps}, "", "t", "k"))
    for ref in ("wf_1", "flow"):
        assert listed(call, f"?workflow_id={ref}")[0] == ["b", "d"]
    ids, page, _ = listed(call, "?workflow_id=flow&limit=1")
    assert (ids, page["total"]) == (["b"], 2)
    assert listed(call, f"?workflow_id=flow&limit=1&cursor={page['next_cursor']}")[0] == ["d"]
    assert call("GET", "/api/v0/tools?workflow_id=flow").json["data"]["tools"] == []
    for unknown in ("nobody", "%20", "a" * 3000):
        answer = call("GET", f"/api/v0/agents?workflow_id={unknown}")
        assert (answer.status, answer.json["code"]) == (404, "workflow_not_found")


def test_what_is_referred_to_is_not_deleted(call, service):
    put(call, "/api/v0/agents/writer")
    put(call, "/api/v0/tasks/greet", {"agent": "writer"})
    service.resources.resources.use(Ref("agent", "writer"), User("workflow", "wf_1"), "2026-11-02T14:00:00.000Z")
    refused = call("DELETE", "/api/v0/agents/writer")
    assert (refused.status, refused.json["code"]) == (409, "resource_in_use")
    named = [{"resource": "tasks", "ids": ["greet"]}, {"resource": "workflows", "ids": ["wf_1"]}]
    assert refused.json["references"] == named
    assert call("GET", "/api/v0/agents/writer").status == 200


def test_a_task_tells_what_it_holds_and_takes_that_back(call):
    task = {"type": "composite", "tasks": [{"id": "a"}, {"id": "b"}], "signal": {"id": "done"}}
    shown = put(call, "/api/v0/tasks/t", task).json["data"]
    assert (shown["has_subtasks"], shown["subtask_ids"], shown["signal_name"]) == (True, ["a", "b"], "done")
    etag = tag_of_task = call("GET", "/api/v0/tasks/t?expand=tasks").headers["etag"]
    again = put(call, "/api/v0/tasks/t", shown)
    assert (again.status, again.headers["etag"]) == (200, etag)
    assert tag_of_task


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/a"), ("DELETE", "/a"), ("POST", "/export"), ("POST", "/import")]
)
@every_kind
def test_changes_need_the_role_write(call, place, method, path):
    refused = call(method, f"{place}{path}", key="sw_reader", json={})
    assert refused.status == 403
    assert call(method, f"{place}{path}", key=None, json={}).status == 401
    assert call("GET", place, key="sw_reader").status == 200


def test_export_writes_files_without_credentials_and_import_keeps_them(call, service):
    put(
        call, "/api/v0/agents/a", {"model": {"config": {"model": "m", "api_key": "sk-1"}}, "instructions": "One\nTwo\n"}
    )
    put(call, "/api/v0/agents/b")
    put(call, "/api/v0/tools/t")
    answer = call("POST", "/api/v0/agents/export")
    assert (answer.status, answer.json["data"]) == (200, {"written": 2})
    files = service.resources.files.files
    assert set(files) == {("default", "agents/a.yaml"), ("default", "agents/b.yaml")}
    assert "sk-1" not in "".join(files.values())
    files["default", "agents/b.yaml"] = "instructions: changed"
    files["default", "agents/c.yml"] = "instructions: new"
    files["default", "agents/README.md"] = "{"
    result = call("POST", "/api/v0/agents/import").json["data"]
    assert result == {"imported": 1, "skipped": 2, "overwritten": 0, "strategy": "seed_only"}
    result = call("POST", "/api/v0/agents/import?strategy=overwrite_conflicts").json["data"]
    assert result == {"imported": 0, "skipped": 0, "overwritten": 3, "strategy": "overwrite_conflicts"}
    assert call("GET", "/api/v0/agents/b").json["data"]["instructions"] == "changed"
    assert service.resources.resources.get("agent", "a").content["model"]["config"]["api_key"] == "sk-1"


def test_a_bundle_goes_out_and_in(call):
    put(call, "/api/v0/tools/t", {"description": "Thé", "env": {"A_TOKEN": "x"}})
    answer = call("POST", "/api/v0/tools/export", headers={"accept": "application/yaml"})
    assert answer.headers["content-type"].startswith("application/yaml")
    assert yaml.safe_load(answer.body) == {"tools": [{"id": "t", "description": "Thé", "env": {}}]}
    yaml_type = {"content-type": "application/yaml"}
    for query, counts in (("?project=other", (1, 0)), ("?project=other", (0, 1))):
        taken = call("POST", f"/api/v0/tools/import{query}", body=answer.body, headers=yaml_type).json["data"]
        assert (taken["imported"], taken["skipped"]) == counts
    taken = call(
        "POST", "/api/v0/tools/import?strategy=overwrite_conflicts", json={"tools": [{"id": "t"}, {"id": "u"}]}
    )
    assert (taken.json["data"]["imported"], taken.json["data"]["overwritten"]) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [
        {"agents": []},
        {"tools": {}},
        {"tools": [1]},
        {"tools": [{"description": "no id"}]},
        {"tools": [{"id": "a"}, {"id": "a"}]},
        {"tools": [{"id": "good"}, {"id": "bad", "nope": 1}]},
        {"tools": [{"id": "good", "env": {"A_TOKEN": "********"}}]},
        {"tools": [], "agents": []},
        [],
    ],
)
def test_a_bundle_with_anything_wrong_stores_nothing_and_says_so_in_the_envelope(call, body):
    answer = call("POST", "/api/v0/tools/import", json=body)
    assert (answer.status, answer.json["status"], answer.json["error"]["code"]) == (400, 400, "BAD_REQUEST")
    assert call("GET", "/api/v0/tools").json["data"]["tools"] == []


@pytest.mark.parametrize("text", ["{", "- 1", "instructions: {", "nope: 1", "id: other project"])
def test_a_file_that_is_wrong_is_named(call, service, text):
    service.resources.files.write("default", "agents/bad.yaml", text)
    answer = call("POST", "/api/v0/agents/import")
    assert answer.status == 400
    assert "agents/bad.yaml" in answer.json["error"]["details"]


@pytest.mark.parametrize("strategy", ["replace", "SEED_ONLY", "%00"])
def test_a_strategy_that_is_none_is_refused_in_the_envelope(call, strategy):
    answer = call("POST", f"/api/v0/agents/import?strategy={strategy}")
    assert (answer.status, answer.json["error"]["code"]) == (400, "BAD_REQUEST")
    assert call("POST", "/api/v0/agents/import?strategy=").status == 200
