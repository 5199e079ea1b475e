import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from stepweave.adapters.event_patterns import EventPatterns
from stepweave.adapters.table import TABLE
from stepweave.domain.trigger import digest_of
from stepweave.errors import Conflict, Invalid, Unavailable
from stepweave.local.embedded import REGION, EmbeddedAws, client
from stepweave.local.rules import Rules

TARGET = "arn:aws:lambda:us-east-1:123456789012:function:fire"
PATTERN = {"source": ["shop"], "detail": {"n": [{"numeric": [">", 1]}]}}
EVENT = {"id": "e-1", "source": "shop", "detail-type": "x", "detail": {"n": 2, "text": '<a> "b"'}}


@pytest.fixture
def events():
    aws = EmbeddedAws(table="stepweave", table_shape=TABLE, bucket="stepweave", functions={})
    try:
        yield client("events")
    finally:
        aws.close()


def patterns(events):
    return EventPatterns(events, prefix="stack", target_arn=TARGET, dead_letters_arn="arn:aws:sqs:us-east-1:1:dead")


class Refusing:
    def __init__(self, events, error):
        self.events, self.error = events, error

    def __getattr__(self, name):
        return self.refuse if name in ("put_rule", "remove_targets") else getattr(self.events, name)

    def refuse(self, **_):
        raise self.error


def test_an_event_that_matches_comes_to_the_target_with_its_workflow(events):
    patterns(events).put("wf_1", "0", PATTERN)
    came = []
    rules = Rules(REGION, {TARGET: came.append})
    assert rules.publish(EVENT) == 1
    assert rules.publish(EVENT | {"source": "bank"}) == 0
    assert came == [{"workflow_id": "wf_1", "pattern": digest_of(PATTERN), "event": EVENT}]
    [target] = events.list_targets_by_rule(Rule="stack-trig_1-0")["Targets"]
    assert target["DeadLetterConfig"]["Arn"].endswith(":dead")


def test_a_pattern_takes_the_place_of_another_and_goes(events):
    ours = patterns(events)
    for pattern in (PATTERN, {"source": ["bank"]}, {"source": ["bank"]}):
        ours.put("wf_1", "0", pattern)
    assert [rule["EventPattern"] for rule in events.list_rules()["Rules"]] == ['{"source": ["bank"]}']
    ours.remove("wf_1", "0")
    ours.remove("wf_1", "0")
    assert events.list_rules()["Rules"] == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("InvalidEventPatternException", Invalid),
        ("LimitExceededException", Conflict),
        ("InternalException", Unavailable),
        (None, Unavailable),
    ],
)
def test_what_is_refused_is_told_as_what_it_is(events, code, error):
    refusal = EndpointConnectionError(endpoint_url="x")
    if code:
        refusal = ClientError({"Error": {"Code": code, "Message": "no"}}, "PutRule")
    with pytest.raises(error):
        patterns(Refusing(events, refusal)).put("wf_1", "0", PATTERN)
    with pytest.raises(Unavailable):
        patterns(Refusing(events, refusal)).remove("wf_1", "0")
