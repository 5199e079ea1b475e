"""How long the items of a run are kept, on the embedded AWS, with a clock of the test's own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fakes.samples import a_run, a_state, a_step
from fakes.world import FakeClock
from stepweave.adapters.latch_store import LatchStore
from stepweave.adapters.retention import DAY, Retention
from stepweave.adapters.run_store import RunStore
from stepweave.adapters.table import TABLE, TTL_ATTRIBUTE, Table
from stepweave.domain.run import Rerun
from stepweave.ids import milliseconds_of, ulid
from stepweave.local.embedded import EmbeddedAws, client
from stepweave.services.moments import text_of

MADE = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
RUN = f"run_{ulid(int(MADE.timestamp() * 1000), 7)}"
DAYS = 90


class Stage:
    def __init__(self, days: int = DAYS) -> None:
        self.clock = FakeClock()
        self.table = Table(client("dynamodb"), "stepweave", Retention(days, self.clock))
        self.runs = RunStore(self.table)
        now = text_of(self.clock())
        self.runs.create(a_run(id=RUN, created_at=now), a_state(run_id=RUN))

    def step(self, key: str) -> None:
        self.runs.put_step(a_step(run_id=RUN, key=key), was=None)

    def later(self, days: float) -> None:
        self.clock.advance(days * DAY)

    def days_left(self) -> dict[str, float]:
        """Until each item of the run expires."""
        items = self.table.query("pk = :pk", {":pk": f"RUN#{RUN}"})
        now = self.clock().timestamp()
        return {item["sk"]: round((item[TTL_ATTRIBUTE] - now) / DAY, 2) for item in items if TTL_ATTRIBUTE in item}

    def end(self) -> None:
        self.runs.finish(replace(self.runs.state(RUN), status="completed", completed_at=text_of(self.clock())))  # type: ignore[type-var]


@pytest.fixture
def aws() -> Iterator[None]:
    made = EmbeddedAws(table="stepweave", table_shape=TABLE, bucket="stepweave", functions={})
    yield
    made.close()


def test_an_id_tells_when_it_was_made():
    assert milliseconds_of(RUN) == int(MADE.timestamp() * 1000)
    assert [milliseconds_of(text) for text in ("run_1", "", "run_" + "u" * 26)] == [None] * 3


def test_the_items_of_an_ordinary_run_expire_together(aws):
    stage = Stage()
    stage.step("a")
    stage.later(0.5)
    stage.step("b@0")
    LatchStore(stage.table).add(RUN, 1, "", "c await", ["a"])
    stage.runs.admit(RUN, 1, text_of(stage.clock()), draw=True)
    stage.end()
    left = stage.days_left()
    assert len(left) == 6
    assert set(left.values()) == {DAYS + 0.5}
    assert list(stage.runs.due("2027", 9)) == []


def test_nothing_expires_where_runs_are_kept_for_ever(aws):
    stage = Stage(days=0)
    stage.step("a")
    stage.later(400)
    assert stage.days_left() == {}
    assert stage.runs.keep(stage.runs.state(RUN), 9)


def test_what_an_old_run_writes_is_kept_from_then_on(aws):
    stage = Stage()
    stage.later(100)
    stage.step("a")
    LatchStore(stage.table).add(RUN, 1, "", "c await", ["a"])
    assert {sk: left for sk, left in stage.days_left().items() if sk not in ("RUN", "STATE", "ALL")} == {
        "STEP#a": DAYS + 1,
        "LATCH#1#c await@": DAYS + 1,
    }


def test_an_active_run_is_kept_longer_when_half_of_its_time_is_over(aws):
    stage = Stage()
    stage.step("a")
    stage.later(30)
    assert stage.runs.keep(stage.runs.state(RUN), 9)
    assert set(stage.days_left().values()) == {DAYS - 29}
    stage.later(20)
    assert stage.runs.keep(stage.runs.state(RUN), 9)
    assert set(stage.days_left().values()) == {DAYS + 1}


def test_a_long_run_that_ended_is_due_until_all_of_it_expires_at_once(aws):
    stage = Stage()
    for number in range(5):
        stage.step(f"a@{number}")
    stage.later(10)
    stage.end()
    (state,) = stage.runs.due("2027", 9)
    assert not stage.runs.keep(state, 4)
    assert stage.days_left()["STATE"] == DAYS - 9
    assert stage.runs.keep(state, 4)
    assert set(stage.days_left().values()) == {DAYS + 1}
    assert stage.runs.keep(stage.runs.state(RUN), 0)
    stage.runs.rest(state, None)
    assert list(stage.runs.due("2027", 9)) == []


def test_a_run_that_starts_late_does_not_expire_before(aws):
    stage = Stage()
    late = f"run_{ulid(int(MADE.timestamp() * 1000), 8)}"
    run_at = text_of(datetime(2027, 10, 1, tzinfo=UTC))
    stage.runs.create(a_run(id=late), a_state(run_id=late, run_at=run_at))
    state = stage.runs.state(late)
    assert state.expires_at == int(datetime(2027, 10, 1, tzinfo=UTC).timestamp()) + (DAYS + 1) * DAY


def test_a_run_that_is_resumed_when_it_was_about_to_expire_is_kept(aws):
    stage = Stage()
    stage.step("a")
    stage.end()
    stage.later(80)
    was = stage.runs.state(RUN)
    wanted = replace(was, status="queued", execution=2, completed_at=None, reruns=(Rerun(2, "a"),))
    now = text_of(stage.clock())
    assert stage.runs.resume(wanted, was=was, at=now, check_after=now, input_data=None)
    assert stage.runs.keep(stage.runs.state(RUN), 9)
    assert set(stage.days_left().values()) == {DAYS + 1}


@pytest.mark.parametrize(("hours", "is_told"), [(1, True), (24, True), (26, False)])
def test_of_a_run_that_is_deleted_its_id_is_kept_while_a_key_may_name_it(aws, hours, is_told):
    stage = Stage()
    stage.end()
    stage.later(hours / 24)
    stage.runs.begin_delete(RUN, text_of(stage.clock()))
    assert stage.runs.erase(RUN, 9)
    assert stage.runs.was_deleted(RUN) == is_told
    items = stage.table.query("pk = :pk", {":pk": f"RUN#{RUN}"})
    assert [item[TTL_ATTRIBUTE] for item in items] == [int(MADE.timestamp()) + 25 * 3600] * is_told
