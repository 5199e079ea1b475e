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
