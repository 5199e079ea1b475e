import pytest

from stepweave.domain.api_key import split_key_text


@pytest.fixture
def service(service):
    service.api_keys.manages_all = False
    return service


def make(call, **members):
    return call("POST", "/api/keys", json={"name": "ci", "role": "write", **members})


def test_a_key_is_made_and_its_text_shown_once(call):
    answer = make(call, expires_at="2027-01-01T01:00:00+01:00")
    key, text = answer.json["key"], answer.json["api_key"]
    assert answer.status == 201
    assert answer.headers["location"] == f"/api/keys/{key['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert split_key_text(text)[0] == key["id"]
    assert text.startswith(f"{key['prefix']}_")
    assert (key["role"], key["created_by"]) == ("write", "key_sw_admin")
    assert key["expires_at"] == "2027-01-01T00:00:00.000Z"
    shown = call("GET", answer.headers["location"])
    assert shown.json == key
    assert split_key_text(text)[1] not in shown.body.decode() + call("GET", "/api/keys").body.decode()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"role": "root"}, "/role"),
        ({"expires_at": "2027-01-01T00:00:00"}, "/expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"colour": 1}, "/colour"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(call, change, path):
    answer = make(call, **change)
    assert (answer.status, [each["path"] for each in answer.json["errors"]]) == (422, [path])


def test_keys_are_listed_for_admins_in_pages(call):
    for _ in range(2):
        make(call)
    first = call("GET", "/api/keys?limit=2")
    assert (len(first.json["keys"]), first.json["total"]) == (2, 5)
    rest = call("GET", f"/api/keys?cursor={first.json['next_cursor']}").json
    assert (len(rest["keys"]), rest["next_cursor"]) == (3, None)
    for key in ("sw_reader", "sw_writer"):
        assert call("GET", "/api/keys", key=key).status == 403


def test_a_key_looks_at_itself_and_at_no_other(call):
    assert call("GET", "/api/keys/key_sw_reader", key="sw_reader").json["role"] == "read"
    for key_id in ("key_sw_writer", "key_none"):
        answer = call("GET", f"/api/keys/{key_id}", key="sw_reader")
        assert (answer.status, answer.json["code"]) == (403, "role_required")
    assert call("GET", "/api/keys/key_none").json["code"] == "key_not_found"


def test_a_key_rotates_itself(call):
    answer = call("POST", "/api/keys/key_sw_reader/rotate", key="sw_reader", json={"grace_seconds": 60})
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["api_key"].startswith("sw_")
    key = answer.json["key"]
    assert (key["rotated_at"], key["old_valid_until"]) == ("2026-11-02T08:30:00.000Z", "2026-11-02T08:31:00.000Z")


def test_without_a_grace_no_old_text_stays(call):
    assert call("POST", "/api/keys/key_sw_reader/rotate").json["key"]["old_valid_until"] is None


@pytest.mark.parametrize("grace", [-1, 604_801, 1.5, "1h"])
def test_a_grace_is_whole_seconds_up_to_a_week(call, grace):
    answer = call("POST", "/api/keys/key_sw_reader/rotate", json={"grace_seconds": grace})
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "/grace_seconds")


def test_a_key_revokes_itself(call):
    assert call("DELETE", "/api/keys/key_sw_reader", key="sw_reader").status == 204
    assert call("DELETE", "/api/keys/key_sw_reader").json["code"] == "key_not_found"


def test_the_last_admin_key_stays(call):
    answer = call("DELETE", "/api/keys/key_sw_admin")
    assert (answer.status, answer.json["code"]) == (409, "last_admin_key")
    other = make(call, role="admin").json["key"]["id"]
    assert call("DELETE", "/api/keys/key_sw_admin").status == 204
    assert call("GET", f"/api/keys/{other}").status == 200
