import pytest

from fakes.triggers import TriggerStage, not_runnable
from stepweave.domain.api_key import Caller
from stepweave.domain.trigger import digest_of
from stepweave.errors import Conflict, Unavailable
from stepweave.services.event_triggers import Matched, deliver_event, is_of
from stepweave.services.idempotency import Once
from stepweave.services.signal_triggers import Publish, publish

CALLER = Caller("key_1", "write")
SIGNAL = {"type": "signal", "name": "paid"}
PATTERN = {"source": ["shop"]}
EVENT = {"id": "e-1", "source": "shop", "detail-type": "Order Placed", "detail": {"n": 1}}


@pytest.fixture
def stage():
    return TriggerStage()


def send(stage, payload=None, *, name="paid", once=None):
    return publish(CALLER, Publish(name, payload or {}, once), stage.new_id, stage.triggered)


def deliver(stage, event=EVENT, pattern=PATTERN):
    return deliver_event(Matched("wf_1", digest_of(pattern), event), "stack", stage.triggered)


def test_a_signal_starts_every_workflow_of_its_name(stage):
    stage.stands(SIGNAL, by=CALLER)
    stage.stands(SIGNAL, workflow_id="wf_2", by=CALLER)
    stage.stands({"type": "signal", "name": "other"}, workflow_id="wf_3", by=CALLER)
    event_id = send(stage, {"n": 1})
    assert [(each, asked.trigger, asked.input_data) for each, asked in stage.started] == [
        ("wf_1", "signal", {"n": 1}),
        ("wf_2", "signal", {"n": 1}),
    ]
    assert stage.started[0][1].labels == {"signal": "paid", "event_id": event_id}
    assert send(stage, name="nobody").startswith("evt_")


def test_a_signal_sent_again_with_its_key_starts_what_is_missing(stage):
    for workflow_id in ("wf_1", "wf_2"):
        stage.stands(SIGNAL, workflow_id=workflow_id, by=CALLER)
    once, start = Once("event", "k"), stage.triggered.start
    stage.refusal = Unavailable("DynamoDB")
    with pytest.raises(Unavailable):
        send(stage, once=once)
    stage.refusal = None
    assert send(stage, once=once) == send(stage, once=once)
    assert [workflow_id for workflow_id, _ in stage.started] == ["wf_1", "wf_2"]
    assert start is not None


def test_a_workflow_that_cannot_take_a_signal_is_told_and_stops_no_other(stage):
    stage.stands(SIGNAL | {"schema": {"required": ["n"]}}, by=CALLER)
    stage.stands(SIGNAL, workflow_id="wf_2", by=CALLER)
    send(stage)
    assert [workflow_id for workflow_id, _ in stage.started] == ["wf_2"]
    assert "signal_not_taken" in stage.tell.outcomes()


def test_a_definition_that_has_just_changed_starts_nothing(stage):
    stage.triggers.listen("paid", "wf_1")
    stage.triggers.listen("paid", "wf_gone")
    stage.stands()
    send(stage)
    assert stage.started == []


def test_an_event_starts_one_run_however_often_it_comes(stage):
    stage.stands({"type": "event", "pattern": PATTERN})
    assert deliver(stage) == deliver(stage) == "run_1"
    [(_, asked)] = stage.started
    assert (asked.trigger, asked.input_data) == ("event", EVENT)
    assert asked.labels == {"event_id": "e-1", "event_source": "shop"}


def test_the_input_of_an_event_may_be_an_expression_over_it(stage):
    stage.stands({"type": "event", "pattern": PATTERN, "input": {"n": "{{ event.detail.n }}", "t": "{{ $now() }}"}})
    assert deliver(stage) == "run_1"
    stage.clock.advance(60)
    assert deliver(stage) == "run_1"
    assert stage.started[0][1].input_data["n"] == 1


def test_an_event_that_cannot_be_taken_is_told(stage):
    stage.stands({"type": "event", "pattern": PATTERN, "input": {"n": "{{ event.detail.missing }}"}})
    assert deliver(stage) is None
    stage.stands({"type": "event", "pattern": PATTERN})
    stage.refusal = not_runnable()
    assert deliver(stage) is None
    assert stage.tell.outcomes().count("event_not_taken") == 2
    stage.refusal = Unavailable("DynamoDB")
    with pytest.raises(Unavailable):
        deliver(stage)
    stage.refusal = Conflict("another", code="idempotency_conflict")
    assert deliver(stage) is None


@pytest.mark.parametrize("first", [0, 1])
def test_an_event_that_matches_two_triggers_of_a_workflow_starts_one_run_whichever_comes_first(stage, first):
    patterns = (PATTERN, {"detail-type": ["Order Placed"]})
    triggers = [{"type": "event", "pattern": each, "input": {"by": n}} for n, each in enumerate(patterns)]
    stage.stands(*triggers, by=Caller("key_1", "admin"))
    runs = [deliver(stage, pattern=patterns[number]) for number in (first, 1 - first)]
    assert runs == ["run_1", "run_1"]
    assert [asked.input_data for _, asked in stage.started] == [{"by": first}]


def test_an_event_that_an_earlier_pattern_has_matched_starts_nothing(stage):
    stage.stands({"type": "event", "pattern": PATTERN})
    assert deliver(stage, pattern={"source": ["bank"]}) is None
    assert stage.started == []


@pytest.mark.parametrize(
    "detail",
    [
        {"stateMachineArn": "arn:aws:states:eu-west-1:1:stateMachine:stack-wf_1-v1-abc"},
        {"executionArn": "arn:aws:states:eu-west-1:1:execution:stack-wf_1-v1-abc:run_1-1"},
        {"requestParameters": {"name": "stack-sched_1-0"}},
        {"resource": "arn:aws:events:eu-west-1:1:rule/stack-trig_1-0"},
    ],
)
def test_what_this_stack_does_itself_starts_nothing(stage, detail):
    stage.stands({"type": "event", "pattern": PATTERN})
    event = EVENT | {"source": "aws.states", "detail": detail}
    assert deliver(stage, event) is None
    assert is_of("stack", event)
    assert not is_of("stack", event | {"source": "shop"})
    assert not is_of("other", event)
    assert "event_of_own_passed_over" in stage.tell.outcomes()
