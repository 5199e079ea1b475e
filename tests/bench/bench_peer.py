"""A run of ten steps without work on the embedded stack against the same flow in Prefect 3, warm, in turn.

Prefect has an environment of its own (it wants an older FastAPI), made by uv in `.bench`; without one the
figure is left out.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench_runs import conditions
from figures import heading, milliseconds, row, side_by_side

from stepweave.local.client import Client
from stepweave.local.progress import follow
from stepweave.local.stack import EmbeddedStack
from stepweave.local.terminal import logged

ROOT = Path(__file__).parents[2]
PREFECT = "prefect==3.8.8"
FLOWS = Path(__file__).with_name("prefect_flows.py")


def main() -> None:
    heading(
        "A peer", [f"A whole run of ten steps without work; 'floor' is {PREFECT}'s local engine. Medians of 7 pairs."]
    )
    python = environment()
    if python is None:
        print("left out: its environment cannot be made here")
        return
    with tempfile.TemporaryDirectory() as folder, logged(Path(folder) / "log"), peer(python, folder) as flows:
        figures = measured(folder, flows)
    row("ten steps, a run", figures)


def measured(folder: str, flows: "subprocess.Popen[str]") -> tuple[float, float, float]:
    assert flows.stdin is not None
    assert flows.stdout is not None
    asked, told = flows.stdin, flows.stdout

    def theirs() -> float:
        print("go", file=asked, flush=True)
        return float(told.readline())

    with EmbeddedStack(Path(folder)) as stack:
        stack.start()
        client = Client(stack.url, stack.key())
        path = f"/api/workflows/{client.post('/api/workflows', {'definition': conditions()})['id']}/run"

        def ours() -> float:
            return milliseconds(lambda: follow(client, client.post(path, {})["run_id"], lambda _: None))

        ours()
        figures = side_by_side(ours, theirs, rounds=7)
    asked.close()
    flows.wait(60)
    return figures


def environment() -> str | None:
    """The Python of Prefect's environment, made if there is none; None where it cannot be made."""
    python = ROOT / ".bench" / "prefect" / "bin" / "python"
    uv = next((each for each in (which("uv"), str(ROOT / ".uv/bin/uv")) if each and Path(each).exists()), None)
    if python.exists():
        return str(python)
    if uv is None:
        return None
    try:
        subprocess.run([uv, "venv", "--quiet", str(python.parents[1])], check=True, timeout=120)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", str(python), PREFECT, "fastapi<0.120"],
            check=True,
            timeout=300,
        )
    except (subprocess.SubprocessError, OSError):
        return None
    return str(python)


def peer(python: str, folder: str) -> "subprocess.Popen[str]":
    """Warm when it returns: it has run the flow once."""
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "PREFECT_HOME": f"{folder}/prefect",
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    flows = subprocess.Popen(
        [python, str(FLOWS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=settings,
        cwd=folder,
    )
    assert flows.stdout is not None
    assert flows.stdout.readline() == "ready\n"
    return flows


if __name__ == "__main__":
    main()
