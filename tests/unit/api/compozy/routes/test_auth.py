import json

import pytest
from jsonschema import Draft202012Validator

from stepweave.domain.api_key import split_key_text

UNKNOWN = "key_01KAFYQ4R2H6S0B9WJ7D3M5XEV"


@pytest.fixture
def service(service):
    service.api_keys.manages_all = False
    return service


def generate(call, key="sw_writer", **members):
    return call("POST", "/api/v0/auth/generate", key=key, json=members or None)


def id_of(answer):
    return split_key_text(answer.json["data"]["api_key"])[0]


@pytest.mark.parametrize("role", ["read", "write", "admin"])
def test_a_key_of_the_caller_s_role_is_made_and_shown_once(call, service, role):
    held = {"read": "sw_reader", "write": "sw_writer", "admin": "sw_admin"}[role]
    answer = generate(call, key=held)
    assert answer.status == 201
    assert answer.json.keys() == {"data", "message"}
    assert answer.headers["cache-control"] == "no-store"
    key = service.api_keys.keys.get(id_of(answer))
    assert (key.role, key.created_by) == (role, f"key_{held}")


def test_a_name_and_an_end_may_be_sent(call, service):
    key = service.api_keys.keys.get(id_of(generate(call, name="ci", expires_at="2027-01-01T00:00:00Z")))
    assert (key.name, key.expires_at) == ("ci", "2027-01-01T00:00:00.000Z")
    for wrong in ({"colour": 1}, {"name": 1}, {"expires_at": "2020-01-01T00:00:00Z"}):
        answer = generate(call, **wrong)
        assert (answer.status, answer.json.keys()) == (400, {"error", "details"})


def test_who_has_no_admin_sees_itself_and_what_it_has_made(call):
    made = generate(call)
    generate(call, key="sw_reader")
    answer = call("GET", "/api/v0/auth/keys", key="sw_writer")
    assert (answer.status, answer.json.keys()) == (200, {"data", "message"})
    assert {key["id"] for key in answer.json["data"]["keys"]} == {"key_sw_writer", id_of(made)}
    [shown] = [key for key in answer.json["data"]["keys"] if key["id"] == id_of(made)]
    assert shown.keys() == {"id", "prefix", "created_at", "name"}
    assert split_key_text(made.json["data"]["api_key"])[1] not in answer.body.decode()
    assert len(call("GET", "/api/v0/auth/keys").json["data"]["keys"]) == 5


def test_a_key_is_revoked_by_who_has_made_it(call, service):
    made = id_of(generate(call))
    answer = call("DELETE", f"/api/v0/auth/keys/{made}", key="sw_writer")
    assert (answer.status, answer.json) == (200, {"data": None, "message": "API key revoked"})
    assert service.api_keys.keys.get(made) is None


def test_what_cannot_be_revoked_is_told_without_the_envelope(call):
    other = id_of(generate(call, key="sw_reader"))
    for key, key_id, status in (
        ("sw_writer", other, 403),
        ("sw_writer", UNKNOWN, 403),
        ("sw_admin", UNKNOWN, 404),
        ("sw_admin", "nonsense", 400),
    ):
        answer = call("DELETE", f"/api/v0/auth/keys/{key_id}", key=key)
        assert (answer.status, answer.json.keys()) == (status, {"error", "details"})


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/v0/auth/generate"), ("GET", "/api/v0/auth/keys"), ("DELETE", f"/api/v0/auth/keys/{UNKNOWN}")],
)
def test_without_a_key_the_answer_is_the_envelope(call, method, path):
    answer = call(method, path, key=None)
    assert (answer.status, answer.json["status"], answer.json["error"]["code"]) == (401, 401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_answers_fit_their_schemas_and_so_do_the_examples(call):
    document = call("GET", "/api/v0/openapi.json", key=None).json
    made = id_of(generate(call))
    real = {"generate_key": generate(call), "list_keys": call("GET", "/api/v0/auth/keys")}
    real["revoke_key"] = call("DELETE", f"/api/v0/auth/keys/{made}")
    for path, methods in document["paths"].items():
        for operation in methods.values() if path.startswith("/api/v0/auth/") else ():
            answer = real[operation["operationId"]]
            for status, response in operation["responses"].items():
                for content in response["content"].values():
                    schema = {**content["schema"], "components": document["components"]}
                    shown = [content["example"]] if "example" in content else []
                    shown += [answer.json] if status == str(answer.status) else []
                    for value in shown:
                        Draft202012Validator(schema).validate(json.loads(json.dumps(value)))
