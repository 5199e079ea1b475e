import pytest

from fakes.samples import a_run, a_state
from stepweave.adapters.run_store import RunStore
from stepweave.adapters.table import ConditionFailed, Contended
from stepweave.errors import Unavailable


class Table:
    """Answers each try to create with the next of `outcomes`, the last for ever."""

    def __init__(self, *outcomes):
        self.outcomes, self.tries = list(outcomes), 0

    def create_all(self, _items):
        self.tries += 1
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if outcome:
            raise outcome


def test_a_run_that_two_create_at_once_is_created_by_one_and_found_by_the_other():
    """DynamoDB refuses a transaction on items that another is writing; it does not say who will win."""
    assert RunStore(Table(Contended(), Contended(), None)).create(a_run(), a_state())
    assert not RunStore(Table(Contended(), ConditionFailed(None))).create(a_run(), a_state())


def test_a_run_that_others_write_all_the_time_is_given_up():
    table = Table(Contended())
    with pytest.raises(Unavailable):
        RunStore(table).create(a_run(), a_state())
    assert table.tries == 10


class LaggingIndex:
    """Of runs 0 to 9 every third is active; the index still has all of them."""

    def query(self, _condition, values, *, index, limit):
        places = [{"pk": f"RUN#run_{number}", "sk": "STATE", "list_key": f"run_{number}"} for number in range(10)]
        return [each for each in places if each["list_key"] > values[":after"]][:limit]

    def batch_get(self, keys):
        return [item_of(pk.removeprefix("RUN#"), "completed" if int(pk[-1]) % 3 else "queued") for pk, _ in keys]


def item_of(run_id, status):
    state = {**vars(a_state(run_id=run_id, status=status)), "told": [], "void": []}
    return {name: value for name, value in state.items() if value is not None} | {"pk": f"RUN#{run_id}", "sk": "STATE"}


def test_runs_that_have_just_ended_hide_no_active_one():
    runs = RunStore(LaggingIndex())
    assert [state.run_id for state in runs.active("wf_1", 3)] == ["run_0", "run_3", "run_6"]
    assert [state.run_id for state in runs.active("wf_1", 3, after="run_3")] == ["run_6", "run_9"]
    assert [state.run_id for state in runs.active("wf_1", 9)] == ["run_0", "run_3", "run_6", "run_9"]
