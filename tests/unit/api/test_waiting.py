import asyncio
from types import SimpleNamespace

from stepweave.api.waiting import finished_run


class World:
    def __init__(self, looks):
        self.looks, self.now, self.slept = looks, 0.0, []
        self.runs = SimpleNamespace(is_over=self.is_over, get=self.get)
        self.asked = 0

    def get(self, run_id, base):
        """Nobody who starts a run and waits is shown links."""
        assert base is None
        return {"id": run_id}

    def is_over(self, _run_id):
        self.asked += 1
        return self.asked > self.looks

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def wait(self, seconds):
        return asyncio.run(finished_run("run_1", seconds, self.runs, sleep=self.sleep, clock=lambda: self.now))


def test_nobody_who_does_not_wait_costs_a_read():
    world = World(0)
    assert (world.wait(None), world.asked) == (None, 0)


def test_a_run_that_is_over_is_shown_at_once():
    world = World(0)
    assert (world.wait(5), world.slept) == ({"id": "run_1"}, [])


def test_pauses_grow_and_the_reads_of_the_longest_wait_are_few():
    world = World(1_000)
    assert world.wait(25) is None
    assert world.slept[:4] == [0.05, 0.1, 0.2, 0.4]
    assert (sum(world.slept), max(world.slept)) == (25, 2)
    assert world.asked <= 19
