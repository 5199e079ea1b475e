from stepweave.adapters.slot_store import SlotStore


class Table:
    """Notes what is written."""

    def __init__(self):
        self.written = []

    def put(self, item, condition, values=None):
        self.written.append(item["pk"])

    def update(self, pk, sk, expression, condition, values):
        self.written.append(sk)
        return {"rev": 1}


def test_a_run_stands_in_the_queue_before_the_queue_is_marked():
    """Else a dispatcher between the two finds an empty queue, and clears the mark that was just set."""
    table = Table()
    SlotStore(table).enqueue("wf_1", "run_1")
    assert table.written == ["QUEUE#wf_1", "W#slots"]
