"""The port of direct executions, on both stores."""

from dataclasses import replace

import pytest

from fakes.direct import FakeDirectExecutions
from stepweave.adapters.direct_store import DirectStore
from stepweave.adapters.table import TABLE, Table
from stepweave.domain.direct_execution import DirectRequest, DirectState, become, noted
from stepweave.domain.run import Fail, Value
from stepweave.local.embedded import EmbeddedAws, client

AT = "2026-11-02T08:30:00.000Z"
LATER = "2026-11-02T08:31:00.000Z"
REQUEST = DirectRequest(
    "exec_1", "agent", "writer", "default", Value(inline='{"prompt":"Hi"}', size=15), 60, AT, "key_1", "abc"
)
PENDING = become(DirectState("exec_1", "agent", AT), "pending", AT)
RUNNING = replace(become(PENDING, "running", AT), attempt=1, owner="me", lease_until=LATER, started_at=AT, writes=1)


@pytest.fixture(params=["in memory", "on AWS"])
def store(request):
    if request.param == "in memory":
        yield FakeDirectExecutions()
        return
    aws = EmbeddedAws(table="stepweave", table_shape=TABLE, bucket="stepweave", functions={})
    try:
        yield DirectStore(Table(client("dynamodb"), "stepweave"))
    finally:
        aws.close()


@pytest.fixture
def direct(store):
    assert store.create(REQUEST, PENDING)
    return store


def test_one_that_was_made_is_read_as_it_was(direct):
    assert direct.get("exec_1") == (REQUEST, PENDING)
    assert direct.state("exec_1") == PENDING
    assert (direct.get("exec_2"), direct.state("exec_2")) == (None, None)


def test_one_is_made_once(direct):
    assert not direct.create(replace(REQUEST, seconds=1), replace(PENDING, status="running"))
    assert direct.get("exec_1") == (REQUEST, PENDING)


def test_one_without_a_correlation_is_made(store):
    plain = replace(REQUEST, id="exec_2", correlation_id=None)
    assert store.create(plain, replace(PENDING, exec_id="exec_2"))
    assert store.get("exec_2")[0] == plain


def test_all_that_a_state_has_is_kept(direct):
    told = noted(RUNNING, "tool", LATER, {"arguments": {"q": 1.5}, "n": None})
    whole = replace(
        become(told, "completed", LATER),
        output=Value(inline='"x"', size=3),
        error=Fail("code", "message", {"ratio": 0.5}),
        usage={"m-1": {"requests": 1, "input_tokens": 2, "output_tokens": 3}},
    )
    assert direct.put(whole, was=PENDING)
    assert direct.state("exec_1") == whole


def test_a_write_is_taken_only_over_the_state_that_it_was_made_from_and_twice_when_its_answer_was_lost(direct):
    assert direct.put(RUNNING, was=PENDING)
    assert direct.put(RUNNING, was=PENDING)
    assert not direct.put(replace(RUNNING, owner="other"), was=PENDING)
    assert not direct.put(replace(RUNNING, status="failed"), was=PENDING)
    assert direct.put(replace(RUNNING, owner="other", writes=2), was=RUNNING)
    assert direct.state("exec_1").owner == "other"


def test_one_is_due_a_minute_after_it_was_made_or_its_lease_ended_until_it_is_over(direct):
    assert direct.due("2026-11-02T08:30:59.000Z", 10) == []
    assert [each.exec_id for each in direct.due("2026-11-02T08:31:01.000Z", 10)] == ["exec_1"]
    direct.put(RUNNING, was=PENDING)
    assert direct.due("2026-11-02T08:31:59.000Z", 10) == []
    assert [each.exec_id for each in direct.due("2026-11-02T08:32:00.000Z", 10)] == ["exec_1"]
    direct.put(replace(become(RUNNING, "completed", LATER), writes=2), was=RUNNING)
    assert direct.due("2027-01-01T00:00:00.000Z", 10) == []


def test_a_check_is_put_off_and_counted_but_not_of_one_that_is_over(direct):
    direct.set_check("exec_1", 1, "2026-11-02T09:00:00.000Z")
    assert direct.due("2026-11-02T08:59:59.000Z", 10) == []
    assert [each.checks for each in direct.due("2026-11-02T09:00:00.000Z", 10)] == [1]
    over = replace(become(RUNNING, "failed", LATER), writes=1)
    assert direct.put(over, was=PENDING)
    direct.set_check("exec_1", 2, "2026-11-02T09:00:00.000Z")
    assert direct.state("exec_1") == over
    assert direct.due("2027-01-01T00:00:00.000Z", 10) == []


def test_what_is_due_comes_in_order_and_in_pages(direct):
    for number in (2, 3):
        request = replace(REQUEST, id=f"exec_{number}")
        direct.create(request, replace(PENDING, exec_id=request.id))
    direct.set_check("exec_2", 1, "2026-11-02T08:30:01.000Z")
    assert direct.due("2026-11-02T09:00:00.000Z", 2)[0].exec_id == "exec_2"
    assert len(direct.due("2026-11-02T09:00:00.000Z", 2)) == 2
