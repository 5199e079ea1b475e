"""Runs of definitions on the embedded AWS: every function in this process, scripts replaced by Python."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fakes.asgi import call
from stepweave.adapters.table import TABLE
from stepweave.bootstrap.api import build_api
from stepweave.bootstrap.run_step import run_step_handler
from stepweave.bootstrap.track_run import track_run_handler
from stepweave.local import embedded, keys
from stepweave.local.current import Function
from stepweave.local.embedded import BUCKET_NAME, TABLE_NAME, EmbeddedAws, function_arn
from stepweave.local.functions import Context
from stepweave.local.stack import RUN_STEP, settings_of
from stepweave.local.status_change import Bus

Json = dict[str, Any]
Work = Callable[[Any], Any]
"""What a script does: its input in, its result out. `Fails` is its exit code 1."""


class Fails(Exception):
    pass


@dataclass(frozen=True)
class Ran:
    """One body that ran: the source of its script, its input, and from when to when (monotonic seconds)."""

    source: str
    input: Any
    start: float
    end: float


class Scripts:
    """The port `services.ports.Scripts`: looks the source up among the works, and notes what ran."""

    def __init__(self) -> None:
        self.works: dict[str, Work] = {}
        self.ran: list[Ran] = []

    def run(self, request: Mapping[str, Any], timeout_seconds: float) -> Mapping[str, Any]:
        outcome = {"exit_code": 0, "stdout": "", "stderr": "", "result": None, "result_error": None, "timed_out": False}
        start = time.monotonic()
        try:
            outcome["result"] = self.works.get(request["source"], lambda given: given)(request["input"])
        except Fails:
            outcome["exit_code"] = 1
        finally:
            self.ran.append(Ran(request["source"], request["input"], start, time.monotonic()))
        return outcome


class EmbeddedRuns:
    """The API, the step function and the end of runs, on one embedded AWS; open from its making to `close`."""

    def __init__(self) -> None:
        self.scripts = Scripts()
        self._settings = settings_of("")
        self._ended: dict[str, str] = {}
        self._told = threading.Condition()
        self._aws = EmbeddedAws(
            table=TABLE_NAME, table_shape=TABLE, bucket=BUCKET_NAME, functions={RUN_STEP: Function(lambda *_: None)}
        )
        handler = run_step_handler(self._settings, scripts=self.scripts)
        self._aws.replace_functions({RUN_STEP: Function(handler)})
        self._track = track_run_handler(self._settings)
        self._bus = Bus(self._on_end)
        self._aws.tell_ends_to(self._bus.publish)
        self._api = build_api(self._settings)
        _, self._key = keys.new_key(keys.key_store(embedded.client("dynamodb"), TABLE_NAME), "test", "admin")

    def close(self) -> None:
        self._aws.close()
        self._bus.close()

    def _on_end(self, event: Json) -> None:
        context = Context("track-run", function_arn("track-run"), Function(self._track, timeout_seconds=60))
        self._track(event, context)
        with self._told:
            self._ended[event["detail"]["name"].rpartition("-")[0]] = event["detail"]["executionArn"]
            self._told.notify_all()

    def request(self, method: str, path: str, body: Any = None) -> Json:
        status, answer = asyncio.run(call(self._api, method, path, body, self._key))
        assert status < 300, answer
        found: Json = answer
        return found

    def start(self, definition: Json, given: Json | None = None) -> str:
        workflow = self.request("POST", "/api/workflows", {"definition": definition})["id"]
        run_id: str = self.request("POST", f"/api/workflows/{workflow}/run", {"input_data": given or {}})["run_id"]
        return run_id

    def run(self, definition: Json, given: Json | None = None, *, seconds: float = 60) -> Json:
        """Starts a run, waits for its end, and gives it as the API shows it."""
        return self.end_of(self.start(definition, given), seconds=seconds)

    def ended(self, run_id: str, *, seconds: float = 60) -> None:
        """Returns when the end of a run has been told, and settled."""
        with self._told:
            assert self._told.wait_for(lambda: run_id in self._ended, timeout=seconds), "the run did not end"

    def end_of(self, run_id: str, *, seconds: float = 60) -> Json:
        self.ended(run_id, seconds=seconds)
        found: Json = self.request("GET", f"/api/workflows/runs/{run_id}")["run"]
        return found

    def status_of(self, run_id: str, *statuses: str, seconds: float = 60) -> Json:
        """The run as the API shows it, once it has one of these statuses."""

        def shown() -> Json | None:
            found: Json = self.request("GET", f"/api/workflows/runs/{run_id}")["run"]
            return found if found["status"] in statuses else None

        with self._told:
            found = self._told.wait_for(shown, timeout=seconds)
        assert found, f"the run did not become {statuses}"
        return found

    def control(self, run_id: str, verb: str, body: Json | None = None) -> Json:
        return self.request("POST", f"/api/workflows/runs/{run_id}/{verb}", body)

    def history(self, run_id: str, execution: int | None = None) -> list[Json]:
        """The events of an execution, by default the last, of a run that has ended."""
        arn = self._ended[run_id]
        if execution is not None:
            arn = f"{arn.rpartition('-')[0]}-{execution}"
        found = embedded.client("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)
        events: list[Json] = found["events"]
        return events

    def spans(self) -> dict[str, Ran]:
        """What ran, by the source of its script: for definitions that run each once."""
        assert len({ran.source for ran in self.scripts.ran}) == len(self.scripts.ran), "a body ran twice"
        return {ran.source: ran for ran in self.scripts.ran}
