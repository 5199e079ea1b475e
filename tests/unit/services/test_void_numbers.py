"""A number given up while its event is written after all: every way in which a slow writer meets two readers."""

from dataclasses import replace
from itertools import combinations_with_replacement, permutations

from fakes.samples import NOW, a_run, a_state, a_step
from fakes.stores import FakeRuns, FakeValues
from fakes.world import FakeClock
from stepweave.domain.story import Event
from stepweave.services.events import EventPorts, news
from stepweave.services.moments import text_of


class Interrupted:
    """The store, in which the writer's next actions take place before the calls that the schedule names."""

    def __init__(self, runs, actions, schedule):
        self.runs, self.actions, self.schedule, self.calls = runs, actions, list(schedule), 0

    def __getattr__(self, name):
        def call(*arguments, **named):
            while self.schedule and self.schedule[0] <= self.calls:
                self.schedule.pop(0)
                self.actions.pop(0)()
            self.calls += 1
            return getattr(self.runs, name)(*arguments, **named)

        return call


def writer(runs):
    """Has drawn 1 long ago: writes its event, looks whether the number was given up, and writes it under another."""
    step = a_step(key="slow", step_id="slow", story=(Event(1, "step_started", NOW),))

    def put():
        assert runs.put_step(step, was=None)

    def check():
        if 1 in runs.state("run_1").void:
            told = replace(step, story=(Event(runs.draw_event("run_1"), "step_started", NOW),))
            runs.put_step(told, was=step)

    return [put, check]


def follow(runs, clock, looks):
    heard, place = [], None
    for _ in range(looks):
        for told in news("run_1", place, EventPorts(runs, FakeValues(), clock)).told:
            heard.append((told.place, told.key))
            place = told.place
    return heard


def test_an_event_written_while_its_number_is_given_up_is_told_once_and_in_order_to_everybody():
    tried = 0
    for schedule in combinations_with_replacement(range(24), 2):
        clock, stored = FakeClock(), FakeRuns()
        stored.create(a_run(), a_state())
        stored.admit("run_1", 1, text_of(clock()), draw=True)
        stored.draw_event("run_1")
        story = (Event(2, "step_started", text_of(clock())),)
        assert stored.put_step(a_step(key="quick", step_id="quick", story=story), was=None)
        clock.advance(21)
        runs = Interrupted(stored, writer(stored), schedule)
        heard = follow(runs, clock, looks=3)
        for action in runs.actions:
            action()
        heard_live = heard + [
            (told.place, told.key) for told in news("run_1", heard[-1][0], EventPorts(stored, FakeValues(), clock)).told
        ]
        later = follow(stored, clock, looks=2)
        for told in (heard_live, later):
            assert [key for _, key in told if key].count("slow") == 1, (schedule, told)
            assert [key for _, key in told if key].count("quick") == 1, (schedule, told)
            assert [place for place, _ in told] == sorted(place for place, _ in told)
        assert [place for place, _ in heard_live] == [place for place, _ in later], schedule
        tried += 1
    assert tried == 300


def late_writer(runs, key, number):
    """A writer that has drawn its number long ago, a call of the store at a time: as `services.records.write` goes."""
    step = a_step(key=key, step_id=key, story=(Event(number, "step_started", NOW),))
    assert runs.put_step(step, was=None)
    yield
    is_void = number in runs.state("run_1").void
    yield
    if is_void:
        drawn = runs.draw_event("run_1")
        yield
        # Refused when a reader has told it already.
        runs.put_step(replace(step, story=(Event(drawn, "step_started", NOW),)), was=step)
        yield


def live_writer(runs, key, clock, steps):
    """A writer in time: draws a number, writes what has it, and so on."""
    was = None
    for kind in ("step_started", "step_retrying", "step_completed")[:steps]:
        number = runs.draw_event("run_1")
        yield
        story = (*(was.story if was else ()), Event(number, kind, text_of(clock())))
        step = a_step(key=key, step_id=key, story=story)
        assert runs.put_step(step, was=was)
        was = step
        yield


def actions_of(*writers, order):
    """What the writers do, one call after the other in that order of theirs; one that is done does nothing."""
    return [lambda each=writers[each]: next(each, None) for each in order]


def orders(*calls):
    """Every order in which writers with so many calls may take turns."""
    return set(permutations([each for each, count in enumerate(calls) for _ in range(count)]))


def check(stored, clock, runs, keys, looks):
    heard = follow(runs, clock, looks)
    for action in runs.actions:
        action()
    place = heard[-1][0] if heard else None
    ports = EventPorts(stored, FakeValues(), clock)
    heard += [(told.place, told.key) for told in news("run_1", place, ports).told]
    later = follow(stored, clock, looks=1)
    for told in (heard, later):
        told_keys = [key for _, key in told if key]
        assert {key: told_keys.count(key) for key in keys} == keys, told
        assert [each for each, _ in told] == sorted({each for each, _ in told})
    assert heard == later


def test_two_late_writers_and_a_reader_who_gives_up_their_numbers_whatever_the_order_of_their_calls():
    tried = 0
    for order in orders(4, 4):
        for schedule in combinations_with_replacement(range(0, 12, 3), 8):
            clock, stored = FakeClock(), FakeRuns()
            stored.create(a_run(), a_state())
            stored.admit("run_1", 1, text_of(clock()), draw=True)
            stored.draw_event("run_1")
            stored.draw_event("run_1")
            story = (Event(3, "step_started", text_of(clock())),)
            assert stored.put_step(a_step(key="quick", step_id="quick", story=story), was=None)
            clock.advance(21)
            writers = [late_writer(stored, "one", 1), late_writer(stored, "two", 2)]
            runs = Interrupted(stored, actions_of(*writers, order=order), schedule)
            check(stored, clock, runs, {"one": 1, "two": 1, "quick": 1}, looks=2)
            tried += 1
    assert tried == 70 * 165


def test_two_writers_in_time_and_a_reader_who_waits_for_what_is_not_written_yet():
    tried = 0
    for order in orders(4, 2):
        for schedule in combinations_with_replacement(range(7), 6):
            clock, stored = FakeClock(), FakeRuns()
            stored.create(a_run(), a_state())
            stored.admit("run_1", 1, text_of(clock()), draw=False)
            writers = [live_writer(stored, "one", clock, 2), live_writer(stored, "two", clock, 1)]
            runs = Interrupted(stored, actions_of(*writers, order=order), schedule)
            check(stored, clock, runs, {"one": 2, "two": 1}, looks=2)
            tried += 1
    assert tried == 15 * 924
