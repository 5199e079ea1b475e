"""Runs of all workflows that are not over."""

from collections.abc import Sequence
from typing import Any

from stepweave.errors import NotFound
from stepweave.services.runs import ReadPorts, get_run


def active_runs(limit: int, *, ports: ReadPorts) -> Sequence[dict[str, Any]]:
    """The newest of them, with their step runs, as the contract shows runs; one that ends meanwhile is left out."""
    views = [_view(state.run_id, ports) for state in ports.runs.all_active(limit)]
    return [view for view in views if view is not None]


def _view(run_id: str, ports: ReadPorts) -> dict[str, Any] | None:
    try:
        return get_run(run_id, None, ports=ports)
    except NotFound:
        return None
