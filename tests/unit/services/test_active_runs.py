from types import SimpleNamespace

from stepweave.errors import NotFound
from stepweave.services import active_runs as module
from stepweave.services.active_runs import active_runs


def test_a_run_that_is_gone_by_the_time_it_is_read_is_left_out(monkeypatch):
    def shown(run_id, _base, *, ports):
        if run_id == "run_2":
            raise NotFound("run", run_id)
        return {"id": run_id}

    monkeypatch.setattr(module, "get_run", shown)
    states = [SimpleNamespace(run_id=f"run_{number}") for number in (3, 2, 1)]
    ports = SimpleNamespace(runs=SimpleNamespace(all_active=lambda limit: states[:limit]))
    assert active_runs(3, ports=ports) == [{"id": "run_3"}, {"id": "run_1"}]
