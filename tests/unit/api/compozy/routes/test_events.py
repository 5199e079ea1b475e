import pytest


def test_a_signal_is_accepted_and_starts_who_waits_for_it(call, service):
    from stepweave.domain.api_key import Caller

    service.triggers.stands({"type": "signal", "name": "paid"}, by=Caller("key_1", "write"))
    answer = call("POST", "/api/v0/events", json={"name": "paid", "payload": {"n": 1}})
    assert answer.status == 202
    assert (answer.json["status"], answer.json["message"]) == (202, "event received")
    assert answer.json["data"]["event_id"].startswith("evt_")
    assert [asked.input_data for _, asked in service.triggers.started] == [{"n": 1}]


def test_a_signal_sent_again_with_its_key_is_the_same_event(call, service):
    first, again = (
        call("POST", "/api/v0/events", json={"name": "paid"}, headers={"idempotency-key": "k"}) for _ in range(2)
    )
    assert first.json == again.json
    other = call("POST", "/api/v0/events", json={"name": "other"}, headers={"idempotency-key": "k"})
    assert (other.status, other.json["error"]["code"]) == (409, "CONFLICT")


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 1}, {"name": "x", "payload": []}, {"name": "x", "n": 1}])
def test_a_signal_of_another_form_is_refused(call, body):
    answer = call("POST", "/api/v0/events", json=body)
    assert (answer.status, answer.json["status"], answer.json["error"]["code"]) == (400, 400, "BAD_REQUEST")
