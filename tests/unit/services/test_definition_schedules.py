"""Timers of a definition's schedule are made before the definition stands."""

from datetime import timedelta

import pytest

from fakes.samples import a_version, a_workflow
from fakes.schedule_stage import Stage
from stepweave.domain.api_key import Caller
from stepweave.errors import Conflict, Fault, Invalid, Unavailable
from stepweave.services.definition_schedules import (
    follow_current,
    follow_workflow,
    reserve_timers,
    schedule_id_of,
)
from stepweave.services.schedule_check import check_schedules
from stepweave.services.schedules import SchedulePorts, remove_schedule
from stepweave.services.workflow_changes import Changed

CALLER = Caller("key_1", "write")
BLOCK = {"cron": "0 9 * * 1-5", "timezone": "Europe/Berlin", "input": {"n": 1}}
BOTH_DAYS = {"cron": "0 9 1 * 1"}
ID = schedule_id_of("wf_1")


def definition(block):
    return {"name": "x", "steps": [], **({"schedule": block} if block else {})}


class Changes:
    """A workflow whose definitions follow each other, each asked for before it stands and told after."""

    def __init__(self):
        self.stage = Stage()
        self.stage.workflows.workflows.clear()
        fires = self.stage.ports
        parts = (fires.workflows, fires.schedules, fires.timers, fires.runs, self.check, fires.new_id, fires.clock)
        self.ports, self.number = SchedulePorts(*parts, fires.tell), 0
        self.stands = None

    @staticmethod
    def check(_definition, given):
        if "bad" in given:
            raise Invalid([Fault("/input_data/bad", "no")])

    def ask(self, block):
        before = definition(self.stands) if self.number else None
        reserve_timers(CALLER, "wf_1", definition(block), before, self.ports)

    def write(self, block):
        self.number, self.stands = self.number + 1, block
        self.stage.workflows.workflows["wf_1"] = a_workflow(version=self.number)
        self.stage.workflows.versions["wf_1", self.number] = a_version(number=self.number, definition=definition(block))

    def becomes(self, block):
        before = self.stage.workflows.workflows.get("wf_1")
        self.ask(block)
        self.write(block)
        after = self.stage.workflows.workflows["wf_1"]
        follow_workflow(Changed(after, self.stage.workflows.versions["wf_1", self.number], before), self.ports)

    def heal(self):
        self.stage.clock.advance(120)
        ends = self.stage.clock() + timedelta(seconds=60)
        check_schedules(self.stage.ports, ends, lambda workflow_id: follow_current(workflow_id, self.ports))

    @property
    def schedule(self):
        return self.stage.schedules.get(ID)


@pytest.fixture
def changes():
    return Changes()


@pytest.mark.parametrize("is_new", [True, False])
def test_a_definition_whose_schedule_finds_no_room_is_refused_and_leaves_nothing_behind(changes, is_new):
    if not is_new:
        changes.becomes(None)
    changes.stage.timers.room = 0
    with pytest.raises(Conflict) as caught:
        changes.ask(BLOCK)
    assert caught.value.code == "timer_quota"
    assert (changes.stage.schedules.schedules, changes.stage.timers.made) == ({}, {})


def test_a_definition_whose_schedule_cannot_be_made_now_is_refused(changes):
    changes.stage.timers.answers = False
    with pytest.raises(Unavailable):
        changes.ask(BLOCK)
    assert changes.stage.schedules.schedules == {}


def test_a_block_that_needs_timers_which_there_are_not_is_refused_and_the_old_one_stays(changes):
    changes.becomes(BLOCK)
    before = changes.schedule
    changes.stage.timers.made.clear()
    changes.stage.timers.room = 0
    with pytest.raises(Conflict):
        changes.ask(BOTH_DAYS)
    assert (changes.schedule.timetable, changes.schedule.follows) == (before.timetable, before.follows)
    changes.stage.timers.room = 1
    changes.heal()
    assert changes.stage.timers.is_current(changes.schedule)


def test_what_was_reserved_becomes_the_schedule_when_the_definition_stands(changes):
    changes.ask(BLOCK)
    assert (changes.schedule.enabled, changes.stage.timers.made[ID].enabled) == (False, False)
    changes.becomes(BLOCK)
    assert (changes.schedule.enabled, changes.schedule.input_data) == (True, {"n": 1})
    assert changes.stage.timers.is_current(changes.schedule)
    rev = changes.schedule.rev
    changes.becomes(BLOCK)
    assert changes.schedule.rev == rev


@pytest.mark.parametrize("is_new", [True, False])
def test_what_was_reserved_for_a_definition_that_never_stood_is_let_go(changes, is_new):
    if not is_new:
        changes.becomes(None)
    changes.ask(BLOCK)
    changes.heal()
    assert (changes.stage.schedules.schedules, changes.stage.timers.made) == ({}, {})


@pytest.mark.parametrize("first", [None, BOTH_DAYS])
def test_a_change_that_was_cut_off_after_its_definition_stood_is_followed(changes, first):
    changes.becomes(first)
    changes.ask(BLOCK)
    changes.write(BLOCK)
    changes.heal()
    assert (changes.schedule.written, changes.schedule.enabled) == ("0 9 * * 1-5", True)
    assert changes.stage.timers.is_current(changes.schedule)


def test_a_block_that_was_taken_away_by_a_change_that_was_cut_off_is_followed(changes):
    changes.becomes(BLOCK)
    changes.ask(None)
    changes.write(None)
    changes.heal()
    assert (changes.stage.schedules.schedules, changes.stage.timers.made) == ({}, {})


def test_timers_that_were_changed_for_a_definition_that_never_stood_are_changed_back(changes):
    changes.becomes(BLOCK)
    changes.ask({"cron": "@hourly"})
    assert not changes.stage.timers.is_current(changes.schedule)
    changes.heal()
    assert changes.stage.timers.is_current(changes.schedule)
    assert changes.schedule.written == "0 9 * * 1-5"


def test_timers_that_cannot_be_changed_now_do_not_hold_up_a_definition(changes):
    changes.becomes(BLOCK)
    changes.stage.timers.answers = False
    changes.becomes({"cron": "@hourly"})
    assert changes.schedule.written == "@hourly"
    changes.stage.timers.answers = True
    changes.heal()
    assert changes.stage.timers.is_current(changes.schedule)


def test_a_block_that_no_schedule_can_be_made_of_is_told_and_reserves_nothing(changes):
    changes.becomes({**BLOCK, "input": {"bad": 1}})
    assert "schedule_not_followed" in changes.stage.tell.outcomes()
    assert changes.stage.schedules.schedules == {}


def test_a_schedule_that_follows_its_definition_is_left_as_it_is_by_a_check(changes):
    changes.becomes(BLOCK)
    before = changes.schedule
    changes.stage.clock.advance(86_400)
    changes.stage.workflows.workflows["wf_1"] = a_workflow(version=1, status="paused")
    changes.heal()
    assert (changes.schedule.written, changes.schedule.enabled) == (before.written, True)


def test_a_schedule_that_was_deleted_is_made_again_before_the_next_definition_stands(changes):
    changes.becomes(BLOCK)
    remove_schedule(ID, changes.ports)
    changes.stage.timers.room = 0
    with pytest.raises(Conflict):
        changes.ask(BLOCK)
    changes.stage.timers.room = 1
    changes.becomes(BLOCK)
    assert changes.schedule.enabled
