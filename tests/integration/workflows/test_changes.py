"""Changing workflows, through the whole API."""

from concurrent.futures import ThreadPoolExecutor

import pytest

CLIENTS = 20


def at_once(action):
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(action, range(CLIENTS)))


def test_a_new_definition_is_a_new_version(api, make_definition):
    path = f"/api/workflows/{api.create(tags=['x'], slug='flow')}"
    first = api("GET", path)
    answer = api("PUT", path, {"definition": make_definition("Renamed", "a", "b"), "change_summary": "More"})
    assert answer.status == 200
    assert answer.json["version"] == 2
    assert (answer.json["name"], answer.json["tags"], answer.json["slug"]) == ("Renamed", ["x"], "flow")
    assert answer.headers["etag"] != first.headers["etag"]
    assert api("GET", path).json == answer.json
    versions = api("GET", f"{path}/versions").json
    assert [(row["version"], row["change_summary"]) for row in versions["versions"]] == [
        (2, "More"),
        (1, "Initial version"),
    ]
    assert (versions["total"], versions["next_cursor"]) == (2, None)
    assert api("GET", f"{path}/versions/1").json["definition"] == first.json["definition"]
    assert api("GET", f"{path}/versions/3").json["code"] == "version_not_found"


@pytest.mark.parametrize("same", [{"tags": ["x", " x "]}, {"slug": "flow"}, {"trigger_type": "manual"}, {}])
def test_a_change_that_changes_nothing_leaves_the_etag(api, make_definition, same):
    path = f"/api/workflows/{api.create(tags=['x'], slug='flow')}"
    first = api("GET", path)
    answer = api("PUT", path, {"definition": make_definition(), "change_summary": "None", **same})
    assert (answer.status, answer.json, answer.headers["etag"]) == (200, first.json, first.headers["etag"])
    assert api("PATCH", f"{path}/status", {"status": "active"}).headers["etag"] == first.headers["etag"]


def test_other_members_change_without_a_version(api, make_definition):
    path = f"/api/workflows/{api.create(tags=['x'], slug='flow')}"
    first = api("GET", path)
    body = {"definition": make_definition(), "tags": ["y"], "slug": None, "trigger_type": "event"}
    answer = api("PUT", path, body)
    changed = {"tags": ["y"], "slug": None, "trigger_type": "event", "version": 1}
    assert {name: answer.json[name] for name in changed} == changed
    assert answer.headers["etag"] != first.headers["etag"]
    assert api("GET", "/api/workflows/flow").status == 404
    assert api("GET", "/api/workflows?tag=x").json["total"] == 0
    assert api("GET", "/api/workflows?tag=y&trigger_type=event").json["total"] == 1


def test_without_a_summary_the_difference_tells_one(api, make_definition):
    path = f"/api/workflows/{api.create()}"
    api("PUT", path, {"definition": make_definition("Flow", "a", "b", description="New")})
    assert api("GET", f"{path}/versions?limit=1").json["versions"][0]["change_summary"] == (
        "Added 1 step, changed description"
    )


def test_a_slug_moves_only_to_where_it_is_free(api, make_definition):
    api.create(slug="taken")
    path = f"/api/workflows/{api.create(slug='mine')}"
    before = api("GET", path).json
    refused = api("PUT", path, {"definition": make_definition("Other"), "slug": "taken"})
    assert (refused.status, refused.json["code"]) == (409, "slug_taken")
    assert api("GET", path).json == before
    assert api("PUT", path, {"definition": make_definition(), "slug": "free"}).json["slug"] == "free"
    assert [api("GET", f"/api/workflows/{slug}").status for slug in ("mine", "free")] == [404, 200]
    api.create(slug="mine")


@pytest.mark.parametrize(
    ("method", "at", "body"),
    [
        ("PUT", "", {"definition": {"name": "New", "steps": [{"id": "a", "type": "wait", "config": {"seconds": 1}}]}}),
        ("PATCH", "/status", {"status": "paused"}),
        ("POST", "/rollback", {"version": 1}),
    ],
)
def test_a_change_of_what_has_changed_is_refused(api, method, at, body):
    path = f"/api/workflows/{api.create()}"
    etag = api("GET", path).headers["etag"]
    assert api(method, path + at, body, if_match=f'"other", {etag}').status == 200
    refused = api(method, path + at, body, if_match=etag)
    assert (refused.status, refused.json["code"]) == (412, "precondition_failed")
    assert api("GET", path).headers["etag"] in refused.json["detail"]
    assert api(method, path + at, body, if_match=f"W/{etag}").status == 412
    assert api(method, path + at, body, if_match="*").status == 200
    assert api(method, "/api/workflows/wf_none" + at, body, if_match=etag).status == 404


def test_rolling_back_makes_a_version_and_keeps_the_rest(api, make_definition):
    path = f"/api/workflows/{api.create(tags=['x'])}"
    api("PUT", path, {"definition": make_definition("Second", tags=["y"]), "trigger_type": "event"})
    answer = api("POST", f"{path}/rollback", {"version": 1})
    assert (answer.status, answer.json["version"], answer.json["definition"]) == (200, 3, make_definition())
    assert (answer.json["tags"], answer.json["trigger_type"], answer.json["name"]) == (["x"], "event", "Flow")
    newest = api("GET", f"{path}/versions?limit=1").json["versions"][0]
    assert newest["change_summary"] == "Rollback to version 1"
    assert api("POST", f"{path}/rollback", {"version": 9}).json["code"] == "version_not_found"
    assert api("POST", f"{path}/rollback", {"version": "1"}).status == 422


def test_the_schedule_of_a_definition_follows_changes_and_rollbacks_and_others_stay(api, make_definition):
    path = f"/api/workflows/{api.create()}"
    own = api("POST", f"{path}/schedules", {"rate": "1h"}).json["schedule_id"]

    def crons():
        found = api("GET", f"{path}/schedules").json["schedules"]
        assert own in [each["id"] for each in found]
        return [each["cron_expression"] for each in found if each["source"] == "definition"]

    assert crons() == []
    for number, cron in ((2, "0 9 * * *"), (3, "0 10 * * *")):
        changed = make_definition() | {"schedule": {"cron": cron}}
        assert api("PUT", path, {"definition": changed}).json["version"] == number
        assert crons() == [cron]
    for version, expected in ((2, ["0 9 * * *"]), (1, []), (3, ["0 10 * * *"])):
        assert api("POST", f"{path}/rollback", {"version": version}).status == 200
        assert crons() == expected
    assert api("DELETE", path).status == 204
    assert api("GET", f"/api/workflows/schedules/{own}").status == 404


def test_versions_are_paged(api, make_definition):
    path = f"/api/workflows/{api.create()}"
    for number in range(2, 8):
        api("PUT", path, {"definition": make_definition(f"Name {number}")})
    seen, cursor = [], ""
    while cursor is not None:
        page = api("GET", f"{path}/versions?limit=3{cursor and f'&cursor={cursor}'}").json
        seen += [row["version"] for row in page["versions"]]
        cursor = page["next_cursor"]
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    assert [row["version"] for row in api("GET", f"{path}/versions?offset=5&limit=9").json["versions"]] == [2, 1]
    assert api("GET", f"{path}/versions?offset=99").json == {"versions": [], "total": 7, "next_cursor": None}
    other = f"/api/workflows/{api.create()}"
    cursor = api("GET", f"{path}/versions?limit=3").json["next_cursor"]
    assert api("GET", f"{other}/versions?cursor={cursor}").json["errors"][0]["path"] == "?cursor"


def test_two_versions_are_compared_either_way(api, make_definition):
    path = f"/api/workflows/{api.create()}"
    api("PUT", path, {"definition": make_definition("Flow", "b", "a")})
    answer = api("GET", f"{path}/diff?v1=1&v2=2")
    step = make_definition("Flow", "b")["steps"][0]
    assert answer.json == {
        "diff": [{"op": "add", "path": "/steps/0", "value": step}],
        "summary": "Added 1 step",
        "v1": 1,
        "v2": 2,
    }
    back = api("GET", f"{path}/diff?v1=2&v2=1").json
    assert (back["diff"], back["summary"]) == ([{"op": "remove", "path": "/steps/0"}], "Removed 1 step")
    same = api("GET", f"{path}/diff?v1=2&v2=2").json
    assert (same["diff"], same["summary"]) == ([], "No changes")
    assert api("GET", f"{path}/diff?v1=1&v2=3").json["code"] == "version_not_found"
    missing = api("GET", f"{path}/diff?v1=1")
    assert (missing.status, missing.json["errors"][0]["path"]) == (422, "?v2")


def test_a_difference_can_be_read_as_text(api, make_definition):
    path = f"/api/workflows/{api.create()}"
    api("PUT", path, {"definition": make_definition("Other")})
    answer = api("GET", f"{path}/diff?v1=1&v2=2", accept="text/plain")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.body.decode().splitlines()
    assert lines[:2] == ["--- version 1", "+++ version 2"]
    assert {'-  "name": "Flow",', '+  "name": "Other",'} <= set(lines)
    assert api("GET", f"{path}/diff?v1=1&v2=1", accept="text/plain").body == b""
    both = api("GET", f"{path}/diff?v1=1&v2=2", accept="application/json, text/plain, */*")
    assert both.json["summary"] == "Changed name"


def test_a_creation_sent_again_with_its_key_makes_one_workflow(api, make_definition):
    body = {"definition": make_definition(), "tags": ["x"]}
    answers = at_once(lambda _: api("POST", "/api/workflows", body, idempotency_key="once"))
    assert [answer.status for answer in answers] == [201] * CLIENTS
    assert len({answer.json["id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert api("GET", "/api/workflows").json["total"] == 1
    first = next(answer for answer in answers if "idempotent-replayed" not in answer.headers)
    path = f"/api/workflows/{first.json['id']}"
    api("PUT", path, {"definition": make_definition("Changed")})
    again = api("POST", "/api/workflows", body, idempotency_key="once")
    assert (again.status, again.json, again.headers["idempotent-replayed"]) == (201, first.json, "true")
    other = api("POST", "/api/workflows", {**body, "tags": ["y"]}, idempotency_key="once")
    assert (other.status, other.json["code"]) == (409, "idempotency_conflict")


def test_twenty_changes_at_once_all_become_versions_in_order(api, make_definition):
    path = f"/api/workflows/{api.create()}"
    answers = at_once(lambda number: api("PUT", path, {"definition": make_definition(f"Name {number}")}))
    assert [answer.status for answer in answers] == [200] * CLIENTS
    assert sorted(answer.json["version"] for answer in answers) == list(range(2, CLIENTS + 2))
    names = {answer.json["version"]: answer.json["name"] for answer in answers}
    stored = {number: api("GET", f"{path}/versions/{number}").json["definition"]["name"] for number in names}
    assert stored == names


@pytest.mark.parametrize("verb", ["put", "rollback", "status"])
def test_of_twenty_that_have_seen_the_same_one_gets_through(api, make_definition, verb):
    path = f"/api/workflows/{api.create()}"
    etag = api("GET", path).headers["etag"]

    def change(number):
        match verb:
            case "put":
                return api("PUT", path, {"definition": make_definition(f"Name {number}")}, if_match=etag)
            case "rollback":
                return api("POST", f"{path}/rollback", {"version": 1}, if_match=etag)
        return api("PATCH", f"{path}/status", {"status": "paused"}, if_match=etag)

    assert sorted(answer.status for answer in at_once(change)) == [200] + [412] * (CLIENTS - 1)


@pytest.mark.parametrize("who", [{"id": "wf_01KAFZ5Y0M5VJ3R1XQZ0W8T4CN"}, {"slug": "flow"}])
@pytest.mark.parametrize(("rule", "others"), [("fail", (409, "workflow_exists")), ("version", (200, "changed"))])
def test_of_twenty_imports_at_once_one_makes_the_workflow_and_none_is_lost(api, make_definition, who, rule, others):
    def take(number):
        body = {**who, "definition": make_definition(f"Name {number}")}
        return api("POST", f"/api/workflows/import?on_conflict={rule}", body)

    answers = at_once(take)
    told = sorted((answer.status, answer.json.get("result") or answer.json["code"]) for answer in answers)
    assert told == sorted([(201, "created"), *[others] * (CLIENTS - 1)])
    taken = sum(answer.status < 300 for answer in answers)
    assert [row["version"] for row in api("GET", "/api/workflows").json["workflows"]] == [taken]


def test_twenty_rollbacks_at_once_are_twenty_versions(api):
    path = f"/api/workflows/{api.create()}"
    answers = at_once(lambda _: api("POST", f"{path}/rollback", {"version": 1}))
    assert sorted(answer.json["version"] for answer in answers) == list(range(2, CLIENTS + 2))


def test_twenty_changes_of_status_leave_the_counts_exact(api):
    path = f"/api/workflows/{api.create()}"
    words = ("draft", "active", "paused", "archived")
    at_once(lambda number: api("PATCH", f"{path}/status", {"status": words[number % 4]}))
    totals = {word: api("GET", f"/api/workflows?status={word}").json["total"] for word in words}
    assert totals == {word: int(word == api("GET", path).json["status"]) for word in words}
