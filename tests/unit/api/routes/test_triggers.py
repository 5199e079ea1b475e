import pytest

HOOK = {"type": "webhook", "slug": "orders", "filter": "$not(body.quiet = true)", "dedupe": "headers.`x-id`"}


@pytest.fixture
def stage(service):
    service.triggers.stands(HOOK)
    return service.triggers


def inputs(stage):
    return [asked.input_data for _, asked in stage.started]


def test_a_delivery_needs_no_key_and_names_its_run(call, stage):
    answer = call("POST", "/hooks/orders", key=None, json={"n": 1})
    assert (answer.status, answer.json) == (202, {"message": "accepted", "run_id": "run_1"})
    assert answer.headers["location"] == "/api/workflows/runs/run_1"
    assert inputs(stage) == [{"n": 1}]


def test_a_delivery_that_the_filter_holds_back_is_in_order(call, stage):
    answer = call("POST", "/hooks/Orders", key=None, json={"quiet": True})
    assert (answer.status, answer.json) == (200, {"message": "filtered", "run_id": None})
    assert stage.started == []


def test_a_delivery_that_comes_again_is_a_conflict_that_names_the_first_run(call, stage):
    first = call("POST", "/hooks/orders", key=None, json={"n": 1}, headers={"x-id": "7"})
    again = call("POST", "/hooks/orders", key=None, json={"n": 1}, headers={"x-id": "7"})
    assert (first.status, again.status) == (202, 409)
    assert (again.json["code"], again.json["run_id"]) == ("duplicate_delivery", first.json["run_id"])


def test_a_slug_that_is_none_is_not_found(call, stage):
    for slug in ("other", "%20", "a" * 200, ".."):
        answer = call("POST", f"/hooks/{slug}", key=None)
        assert answer.status == 404, slug


def test_a_bad_signature_is_unauthenticated_before_the_body_is_read(call, service):
    verify = {"strategy": "github", "secret": "{{ secrets.s }}"}
    service.triggers.stands({"type": "webhook", "slug": "safe", "verify": verify})
    answer = call("POST", "/hooks/safe", key=None, body=b"{broken")
    assert answer.status == 503
    from stepweave.domain.secret import Secret

    service.triggers.secrets.kept["s"] = Secret("s" * 20)
    answer = call("POST", "/hooks/safe", key=None, body=b"{broken")
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("media_type", "body", "given"),
    [
        ("application/json", b'{"a": 1}', {"a": 1}),
        ("application/vnd.github+json", b"[1]", {"body": [1]}),
        ("application/x-www-form-urlencoded", b'{"a": 1}', {"a": 1}),
        ("application/x-www-form-urlencoded; charset=utf-8", b"a=1&b=&a=2", {"a": ["1", "2"], "b": ""}),
        ("text/plain", "größe".encode(), {"body": "größe"}),
        ("text/plain", b"", {}),
        ("", b"", {}),
    ],
)
def test_json_forms_and_text_are_read(call, stage, media_type, body, given):
    assert call("POST", "/hooks/orders", key=None, body=body, headers={"content-type": media_type}).status == 202
    assert inputs(stage) == [given]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"x"),
        ("text/plain", b"\xff"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 1_001)),
    ],
)
def test_what_cannot_be_read_is_malformed(call, stage, media_type, body):
    answer = call("POST", "/hooks/orders", key=None, body=body, headers={"content-type": media_type})
    assert (answer.status, answer.json["code"]) == (400, "malformed_json")


def test_a_delivery_has_a_megabyte_at_most(call, stage):
    assert call("POST", "/hooks/orders", key=None, body=b" " * (1024 * 1024 + 1)).status == 413
