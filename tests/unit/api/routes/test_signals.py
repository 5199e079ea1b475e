import pytest

from fakes.signals import LINKS
from stepweave.services.approval_links import Approval

LINK = f"/approvals/{LINKS.token(Approval('run_1', 'ask'))}"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def test_a_signal_is_accepted_with_whether_a_wait_has_got_it(call):
    answer = call("POST", "/api/workflows/runs/run_1/signals", key="sw_writer", json={"name": "go", "payload": [1]})
    assert (answer.status, answer.json["delivered"]) == (202, True)
    answer = call("POST", "/api/workflows/runs/run_1/signals", json={"name": "go"})
    assert (answer.status, answer.json["delivered"]) == (202, False)


def test_the_same_signal_with_the_same_key_is_answered_again(call):
    headers = {"idempotency-key": "one"}
    first = call("POST", "/api/workflows/runs/run_1/signals", json={"name": "go"}, headers=headers)
    again = call("POST", "/api/workflows/runs/run_1/signals", json={"name": "go"}, headers=headers)
    assert again.json == first.json
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers


@pytest.mark.parametrize(
    ("body", "path"),
    [({}, "/name"), ({"name": ""}, "/name"), ({"name": " go"}, "/name"), ({"name": "go", "data": 1}, "/data")],
)
def test_what_is_no_signal_is_refused_with_its_place(call, body, path):
    answer = call("POST", "/api/workflows/runs/run_1/signals", json=body)
    assert answer.status == 422
    assert [error["path"] for error in answer.json["errors"]] == [path]


def test_links_are_made_for_those_who_may_write(call):
    answer = call("POST", "/api/workflows/runs/run_1/approvals", key="sw_writer")
    assert answer.json["approvals"][0]["url"].endswith(LINK)
    assert call("POST", "/api/workflows/runs/run_1/approvals", key="sw_reader").status == 403


def test_a_browser_sees_a_page_that_runs_nothing_and_is_not_kept(call):
    answer = call("GET", LINK, key=None, headers=BROWSER)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    page = answer.body.decode()
    assert "Go?" in page
    assert '<form method="post">' in page


def test_a_form_decides_and_the_page_says_so_from_then_on(call):
    answer = call("POST", LINK, key=None, body=b"comment=Not+%3Cnow%3E&approved=false", headers=BROWSER | FORM)
    assert answer.status == 200
    assert "Rejected. Not &lt;now&gt;" in answer.body.decode()
    assert "form" not in call("GET", LINK, key=None, headers=BROWSER).body.decode().partition("<body>")[2]
    assert call("GET", LINK, key=None).json["decision"] == {"approved": False, "comment": "Not <now>"}


def test_json_decides_too_and_a_second_decision_is_refused(call):
    assert call("POST", LINK, key=None, json={"approved": True}).json["status"] == "decided"
    answer = call("POST", LINK, key=None, json={"approved": False})
    assert (answer.status, answer.json["code"]) == (409, "approval_used")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b'{"approved": "yes"}', {}),
        (b"approved=perhaps", FORM),
        (b"comment=x", FORM),
        (b"", FORM),
        (b"approved=true&comment=" + b"x" * 2001, FORM),
    ],
)
def test_what_is_no_decision_decides_nothing(call, body, headers):
    assert call("POST", LINK, key=None, body=body, headers=headers).status == 422
    assert call("GET", LINK, key=None).json["status"] == "open"


def test_a_wrong_link_is_a_404_and_no_key_is_asked_for(call):
    for method in ("GET", "POST"):
        answer = call(method, "/approvals/guess.guess", key=None, json={"approved": True})
        assert (answer.status, answer.json["code"]) == (404, "approval_not_found")
