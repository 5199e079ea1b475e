import json

import pytest

from stepweave.api.compozy.envelope import envelope, failure
from stepweave.errors import Fault, Invalid, NotFound, TooManyRequests, Unavailable


def test_a_success_leaves_absent_members_out():
    answer = envelope("done", status=200)
    assert json.loads(answer.body) == {"status": 200, "message": "done"}
    assert json.loads(envelope("made", {"id": 1}, status=201).body)["data"] == {"id": 1}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("run", "x"), "NOT_FOUND"),
        (Unavailable("The store"), "SERVICE_UNAVAILABLE"),
        (TooManyRequests("x", code="y", retry_after=2), "TOO_MANY_REQUESTS"),
    ],
)
def test_the_code_of_an_error_follows_its_status(error, code):
    answer = failure(error, error.status)
    shown = json.loads(answer.body)
    assert (answer.status_code, shown["status"], shown["error"]["code"]) == (error.status, error.status, code)


def test_every_fault_is_told_in_the_details():
    error = Invalid([Fault("/a", "is wrong"), Fault("", "is no object")])
    assert json.loads(failure(error, 400).body)["error"]["details"] == "/a: is wrong; the body: is no object"


def test_an_error_may_carry_what_the_client_goes_on_with():
    assert json.loads(failure(NotFound("run", "x"), 404, data={"exec_id": "1"}).body)["data"] == {"exec_id": "1"}
