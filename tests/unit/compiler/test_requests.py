"""What can never be sent is found when the definition is stored, each at its place, by the rules of sending."""

from base64 import b64encode
from typing import Any

import pytest

from definitions import definition
from stepweave.compiler.compile import compile_definition

URL = "https://example.com/"
KEY = b64encode(bytes(24)).decode()


def _found(step_type: str, config: dict[str, Any]) -> list[tuple[str, str, str]]:
    step = {"id": "a", "type": step_type, "config": {"url": URL, **config}}
    problems = compile_definition(definition(step)).problems
    prefix = "/steps/0/config"
    assert all(each.path.startswith(prefix) for each in problems)
    return [(each.code, each.path.removeprefix(prefix), each.message) for each in problems]


def _places(step_type: str, config: dict[str, Any]) -> list[tuple[str, str]]:
    return [(code, place) for code, place, _ in _found(step_type, config)]


@pytest.mark.parametrize("step_type", ["http_request", "webhook"])
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://x/", "its scheme is 'ftp'; only http and https are requested"),
        ("example.com", "its scheme is ''; only http and https are requested"),
        ("https://", "its host is not a valid name"),
        ("https://me:pass@example.com/", "it carries a user name or password; put credentials into `auth`"),
        ("http://[x", "its host or port cannot be read"),
        ("http://x:99999/", "its host or port cannot be read"),
        ("http://x:0/", "its port is not between 1 and 65535"),
        ("file://{{ input.path }}", "its scheme is 'file'; only http and https are requested"),
    ],
)
def test_urls_that_can_never_be_requested(step_type: str, url: str, reason: str) -> None:
    message = f"Step 'a': config.url cannot be used: {reason}"
    assert _found(step_type, {"url": url}) == [("invalid_url", "/url", message)]


@pytest.mark.parametrize(
    "url",
    ["{{ input.url }}", "https://{{ input.host }}:{{ input.port }}/", "{{ env.base }}/a b", "http://localhost:80/"],
)
def test_urls_that_may_be_requested(url: str) -> None:
    assert _found("http_request", {"url": url}) == []


@pytest.mark.parametrize("step_type", ["http_request", "webhook"])
def test_headers_that_cannot_be_sent(step_type: str) -> None:
    headers = {"X A": "b", "Host": "b", "X-A": "a\r\nX-B: b", "X-C": "{{ input.c }}\n", "X-D": "d", "X~E/F": "1"}
    assert _places(step_type, {"headers": headers}) == [
        ("invalid_header", "/headers/X A"),
        ("invalid_header", "/headers/Host"),
        ("invalid_header", "/headers/X-A"),
        ("invalid_header", "/headers/X~0E~1F"),
    ]


def test_a_delivery_leaves_its_own_headers_to_stepweave() -> None:
    headers = {"Webhook-Id": "t", "Content-type": "t", "user-agent": "t", "X-Team": "t"}
    found = _places("webhook", {"headers": headers})
    assert found == [("invalid_header", f"/headers/{name}") for name in ("Webhook-Id", "Content-type", "user-agent")]
    assert _found("http_request", {"headers": headers}) == []


@pytest.mark.parametrize(
    ("auth", "place"),
    [
        ({"type": "bearer", "token": "a\nb"}, "/auth/token"),
        ({"type": "header", "name": "X A", "value": "v"}, "/auth/name"),
        ({"type": "header", "name": "X-A", "value": "a\nb"}, "/auth/value"),
        ({"type": "oauth2", "token_url": "ftp://x/", "client_id": "c", "client_secret": "s"}, "/auth/token_url"),
        ({"type": "oauth2", "token_url": URL, "client_id": "c", "client_secret": "s"}, None),
        ({"type": "basic", "username": "a\nb", "password": "p"}, None),
        ({"type": "header", "name": "{{ input.name }}", "value": "{{ secrets.x }}"}, None),
        ({"type": "bearer", "token": "{{ secrets.x }}"}, None),
    ],
)
def test_credentials_that_cannot_be_sent(auth: dict[str, Any], place: str | None) -> None:
    assert [each for _, each in _places("http_request", {"auth": auth})] == ([place] if place else [])


@pytest.mark.parametrize(
    ("expected", "places"),
    [(200, []), ([200, 404], []), (7, [""]), ([200, 1000, 99], ["/1", "/2"]), ([], [""])],
)
def test_statuses_that_never_come(expected: Any, places: list[str]) -> None:
    found = _places("http_request", {"expect_status": expected})
    assert found == [("invalid_value", f"/expect_status{place}") for place in places]


@pytest.mark.parametrize("member", ["query", "form"])
def test_fields_are_scalars_or_lists_of_them(member: str) -> None:
    fields = {"a": 1, "b": None, "c": ["x", True], "d": {"x": 1}, "e": ["x", None, ["y"], {}], "f": "{{ input.f }}"}
    assert _places("http_request", {member: fields}) == [
        ("invalid_value", f"/{member}/{place}") for place in ("d", "e/1", "e/2", "e/3")
    ]


def test_bytes_are_base64() -> None:
    assert _places("http_request", {"body": {"base64": "##"}}) == [("invalid_value", "/body/base64")]
    assert _found("http_request", {"body": {"base64": "AA=="}}) == []
    assert _found("http_request", {"body": {"base64": "{{ steps }}"}}) == []


def test_parts_of_a_multipart_body() -> None:
    parts = {
        "text": "b",
        "none": None,
        "both": {"content": "b", "base64": "AA=="},
        "neither": [{"filename": "f"}, "x"],
        "bytes": [{"base64": "AA==", "filename": "f"}, {"base64": "#"}, {"base64": 5}, {"base64": "{{ input.b }}"}],
        "misspelt": {"content": 5, "filenam": "f"},
        "deep": [["x"], {"content": {}}, {"content": "x", "filename": []}],
    }
    assert _places("http_request", {"multipart": parts}) == [
        ("invalid_value", "/multipart/both"),
        ("invalid_value", "/multipart/neither/0"),
        ("invalid_value", "/multipart/bytes/1/base64"),
        ("invalid_value", "/multipart/bytes/2/base64"),
        ("unknown_member", "/multipart/misspelt/filenam"),
        ("invalid_value", "/multipart/deep/0"),
        ("invalid_value", "/multipart/deep/1/content"),
        ("invalid_value", "/multipart/deep/2/filename"),
    ]


def test_secrets_that_sign_nothing() -> None:
    assert _places("webhook", {"secret": "hush", "previous_secret": "whsec_"}) == [
        ("invalid_secret", "/secret"),
        ("invalid_secret", "/previous_secret"),
    ]
    assert _found("webhook", {"secret": "{{ secrets.hook }}", "previous_secret": f"whsec_{KEY}"}) == []
