"""A pytest plugin: deploys the template before the first test, tells all where it is, and ends what it started."""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import pytest

from acceptance.beyond import BEYOND
from acceptance.deployment import Deployment, build, deploy, first_key, ramp
from acceptance.emulator import ROOT, WORK, Emulator, emulator

STACK = "stepweave"
PROVEN = ROOT / "docs" / "acceptance.md"
_TOLD = "STEPWEAVE_E2E_DEPLOYMENT"
_made = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """In the process that starts the others, before it does: they learn from the environment where the stack is."""
    if hasattr(session.config, "workerinput"):
        return
    # As at Ctrl-C, an end by `kill` or `timeout` leaves nothing that still runs.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = WORK / "run"
    shutil.rmtree(folder, ignore_errors=True)
    seconds = {"build": build(ROOT, WORK / "build", folder / "scratch")}
    begun = time.monotonic()
    running = _made.enter_context(emulator(folder))
    seconds["start of the emulator"] = time.monotonic() - begun
    begun = time.monotonic()
    outputs = deploy(running, WORK / "build", STACK)
    seconds["deploy"] = time.monotonic() - begun
    made = Deployment(running, STACK, outputs, first_key(running, STACK), seconds=seconds)
    begun = time.monotonic()
    made.ramp = ramp(made.url, made.key)
    seconds["18 requests to the cold API"] = time.monotonic() - begun
    _tell(made)


def pytest_unconfigure() -> None:
    _made.close()


def _tell(deployment: Deployment) -> None:
    running = deployment.emulator
    told = asdict(deployment) | {"emulator": {"port": running.port, "folder": str(running.folder)}}
    os.environ[_TOLD] = json.dumps(told)
    os.environ["STEPWEAVE_E2E_URL"] = deployment.url
    os.environ["STEPWEAVE_E2E_KEY"] = deployment.key
    os.environ["STEPWEAVE_E2E_STACK"] = deployment.stack
    os.environ.update({name: value for name, value in running.environment.items() if name.startswith("AWS_")})


def deployed() -> Deployment:
    told = json.loads(os.environ[_TOLD])
    where = told.pop("emulator")
    return Deployment(Emulator(where["port"], Path(where["folder"])), **told)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what the emulator cannot show. What was denied is looked for last, what takes longest comes first."""
    left_out = [item for item in items if item.nodeid in BEYOND]
    items[:] = sorted((item for item in items if item not in left_out), key=_place)
    config.hook.pytest_deselected(items=left_out)


def _place(item: pytest.Item) -> int:
    return {"test_upgrade.py": 0, "test_events.py": 0, "test_flow.py": 1, "test_roles.py": 3}.get(item.path.name, 2)


@pytest.fixture(scope="session")
def deployment() -> Deployment:
    return deployed()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a green run proves, and what it does not, in the words of the documentation."""
    if _TOLD not in os.environ:
        return
    untold = [each.nodeid for kind in ("failed", "error", "skipped") for each in terminalreporter.stats.get(kind, [])]
    terminalreporter.section("what this proves" if not untold else "what this would prove")
    for line in _lists(PROVEN):
        terminalreporter.write_line(line)
    for nodeid in untold:
        terminalreporter.write_line(f"\nNOT PROVEN this time, since it failed or was skipped: {nodeid}")
    times = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in deployed().seconds.items())
    terminalreporter.write_line(f"\nTimes: {times}")


def _lists(page: Path) -> Iterator[str]:
    """The headings of the page that begin with `Proven` or `Not proven`, with their lists."""
    shown = False
    for line in page.read_text().splitlines():
        if line.startswith("#"):
            shown = line.lstrip("# ").startswith(("Proven", "Not proven"))
            if shown:
                yield "\n" + line.lstrip("# ")
        elif shown and line:
            yield line
