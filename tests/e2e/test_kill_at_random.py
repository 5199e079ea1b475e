"""`kill -9` at random moments, again and again: every run that was accepted ends, and nothing is done twice.

`KILLS` says how often (3 without it), `KILL_SEED` at which moments.
"""

import os
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import urllib3

from served import Served
from stepweave.local.client import Unreachable
from stepweave.local.remote import rows

pytestmark = pytest.mark.embedded

KILLS = int(os.environ.get("KILLS", "3"))
SEED = int(os.environ.get("KILL_SEED", "1"))
RUNS_PER_LIFE = 5
NO_SCRIPTS = ("rest", "each")
Json = dict[str, Any]


def step(log: Path, name: str, after: str = "", item: str = "") -> Json:
    """A script that tells when it began, and of which step run it is."""
    source = f'echo "$(date +%s.%N) $(cat)" >> {log}; sleep 0.2'
    key = f"{{{{ run.id & ' {name}'{item} }}}}"
    retry = {"max_attempts": 20, "on": ["any"], "initial_interval": 1}
    config = {"language": "shell", "source": source, "input": key}
    return {"id": name, "type": "script", "depends_on": list(after), "config": config, "retry": retry}


def definitions(log: Path) -> list[Json]:
    chain = [step(log, "a"), step(log, "b", "a"), step(log, "c", "b")]
    join = [step(log, "a"), step(log, "b"), step(log, "c", "a"), step(log, "d", "ab")]
    body = {"items": "[0..2]", "max_concurrency": 2, "steps": [step(log, "in", item=" & '@' & $string(index)")]}
    rest = {"id": "rest", "type": "wait", "depends_on": ["a"], "config": {"seconds": 2}}
    return [
        {"name": "chain", "steps": chain},
        {"name": "join", "steps": join},
        {"name": "loop", "steps": [{"id": "each", "type": "loop", "config": body}]},
        {"name": "wait", "steps": [step(log, "a"), rest, {**step(log, "b"), "depends_on": ["rest"]}]},
        {"name": "queue", "steps": chain, "config": {"concurrency": {"limit": 1}}},
    ]


def start_runs(served: Served, workflows: list[str], accepted: list[str], pauses: list[float]) -> None:
    """Until the server is gone; what it then was asked for may have been accepted or not."""
    for number, pause in enumerate(pauses):
        time.sleep(pause)
        try:
            answer = served.client.post(f"/api/workflows/{workflows[number]}/run", {})
        except (Unreachable, urllib3.exceptions.HTTPError):
            return
        accepted.append(answer["run_id"])


def test_runs_end_and_nothing_is_done_twice_however_often_the_process_is_killed(
    start_server: Callable[..., Served], tmp_path: Path
) -> None:
    chosen, home, log = random.Random(SEED), tmp_path / "home", tmp_path / "log"  # noqa: S311 - moments, no secrets
    accepted: list[str] = []
    served = start_server(home)
    lives = [0.0]
    workflows = [served.client.post("/api/workflows", {"definition": each})["id"] for each in definitions(log)]
    for _ in range(KILLS):
        pauses = [chosen.uniform(0, 0.3) for _ in range(RUNS_PER_LIFE)]
        client = threading.Thread(
            target=start_runs, args=(served, chosen.sample(workflows, len(workflows)), accepted, pauses)
        )
        client.start()
        time.sleep(chosen.uniform(0.1, 2.5))
        assert served.end(signal.SIGKILL) == -signal.SIGKILL
        client.join(60)
        lives.append(time.time())
        served = start_server(home)
    runs = ended_runs(served)
    assert {run["id"] for run in runs} >= set(accepted)
    assert {run["status"] for run in runs} == {"completed"}, [(run["id"], run["error"]) for run in runs]
    settled = settled_at(served, runs)
    begun = begun_at(log)
    assert set(begun) == set(settled)
    for key, moments in begun.items():
        assert all(life_of(one, lives) < life_of(other, lives) for one, other in pairwise(moments)), (key, moments)
        assert moments[-1] <= settled[key], f"{key} was done again after it had settled"
    print(f"{KILLS} kills, {len(accepted)} runs accepted of {len(runs)}, {len(begun)} step runs, ", end="")
    print(f"{sum(len(moments) - 1 for moments in begun.values())} cut off and done again")


def ended_runs(served: Served) -> list[Json]:
    ends_at = time.monotonic() + 60 + 2 * KILLS
    while True:
        runs = list(rows(served.client, "/api/workflows/runs", "runs"))
        if all(run["status"] not in ("queued", "running", "waiting") for run in runs):
            return runs
        assert time.monotonic() < ends_at, [(run["id"], run["status"]) for run in runs]
        time.sleep(0.2)


def settled_at(served: Served, runs: list[Json]) -> dict[str, float]:
    """When each script settled, by what it tells of itself."""
    settled = {}
    for run in runs:
        for each in served.client.get(f"/api/workflows/runs/{run['id']}")["run"]["step_runs"]:
            if each["step_id"] not in NO_SCRIPTS:
                place = f"@{each['iteration']}" if each.get("iteration") is not None else ""
                moment = datetime.fromisoformat(each["completed_at"]).timestamp()
                settled[f"{run['id']} {each['step_id']}{place}"] = moment
    return settled


def begun_at(log: Path) -> dict[str, list[float]]:
    begun = defaultdict(list)
    for line in log.read_text().splitlines():
        moment, _, key = line.partition(" ")
        begun[key.strip('"')].append(float(moment))
    return {key: sorted(moments) for key, moments in begun.items()}


def life_of(moment: float, lives: list[float]) -> int:
    """In which life of the server it was; what a dead one left behind is its own still."""
    return sum(begins <= moment for begins in lives)
