"""The whole service in this process: embedded AWS, functions, HTTP server and ticker around one data folder."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stepweave.adapters.table import TABLE
from stepweave.bootstrap.admit_run import admit_run_handler
from stepweave.bootstrap.api import build_api
from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.fire_schedule import fire_schedule_handler
from stepweave.bootstrap.reconcile import reconcile_handler
from stepweave.bootstrap.run_agent import run_agent_handler
from stepweave.bootstrap.run_step import run_step_handler, stops
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.track_run import track_run_handler
from stepweave.domain.api_key import Role
from stepweave.local import delayed_start, direct_execution, embedded, keys, recovery
from stepweave.local.current import Function
from stepweave.local.embedded import BUCKET_NAME, TABLE_NAME, EmbeddedAws, function_arn
from stepweave.local.functions import Context
from stepweave.local.home import Home
from stepweave.local.journal import Journal
from stepweave.local.kept_fires import make_last_runs
from stepweave.local.kept_timers import set_timers
from stepweave.local.minutes import Minutes
from stepweave.local.news import LocalNews
from stepweave.local.rules import Rules
from stepweave.local.scripts import Scripts
from stepweave.local.secrets import LocalSecrets
from stepweave.local.server import HOST, Server, listen
from stepweave.local.status_change import Bus
from stepweave.local.ticker import Ticker
from stepweave.local.unusable import Unusable
from stepweave.settings import Settings
from stepweave.steps.address import parse_allowed_hosts

RUN_STEP, RUN_SCRIPT, ADMIT_RUN = (f"stepweave-local-{name}" for name in ("run-step", "run-script", "admit-run"))
FIRE_SCHEDULE = "stepweave-local-fire-schedule"
RUN_AGENT = "stepweave-local-run-agent"
_LOOK_SECONDS = 1.0
"""Between two looks of work under way whether its run was cancelled."""


class BadSetting(Unusable):
    """A variable of the environment, or an option in its place, that has no meaning."""


def settings_of(
    allowed_hosts: str, max_concurrent_runs: int = 10, public_url: str = "", max_concurrent_runs_in_all: int = 0
) -> Settings:
    """What the template's parameters would give, but for a limit of requests."""
    return Settings(
        table=TABLE_NAME,
        bucket=BUCKET_NAME,
        stack="stepweave-local",
        run_step_arn=function_arn(RUN_STEP),
        run_agent_arn=function_arn(RUN_AGENT),
        run_script_function=RUN_SCRIPT,
        machine_role_arn=embedded.ROLE_ARN,
        fire_schedule_arn=function_arn(FIRE_SCHEDULE),
        delayed_start_arn=embedded.machine_arn(delayed_start.NAME),
        direct_execution_arn=embedded.machine_arn(direct_execution.NAME),
        max_concurrent_runs=max_concurrent_runs,
        max_concurrent_runs_in_all=max_concurrent_runs_in_all,
        http_allowed_hosts=allowed_hosts,
        public_url=public_url,
    )


class EmbeddedStack:
    """Owns the data folder and the port from its making on; serves from `start` to `close`."""

    def __init__(
        self,
        home: Path,
        *,
        port: int = 0,
        tick_seconds: float = 60.0,
        secrets: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """`secrets`: the file with those of steps, when not that of the folder. `clock`: by which rules fire."""
        self.home = Home(home)
        self._secrets = LocalSecrets(secrets or self.home.secrets)
        self.home.own()
        try:
            self._socket = listen(port)
        except BaseException:
            self.home.release()
            raise
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self._tick_seconds = tick_seconds
        self._clock = clock
        self._minutes: Minutes | None = None
        self._undo: list[Callable[[], object]] = [self.home.release, self._socket.close]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self, *, allowed_hosts: str = "") -> None:
        """Opens the data folder, takes up what a dead process left, and serves.

        allowed_hosts: comma list of `host` or `host:port` that requests of steps may reach though they are local.
        """
        os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "stepweave")
        settings = replace(
            settings_of(
                _checked_hosts(allowed_hosts),
                _number("WORKFLOW_MAX_CONCURRENT_RUNS", "10", least=1),
                self.url,
                _number("MAX_CONCURRENT_RUNS", "0", least=0),
            ),
            rate_limit_per_second=_number("RATE_LIMIT_PER_SECOND", "50", least=0),
            rate_limit_burst=_number("RATE_LIMIT_BURST", "500", least=1),
        )
        scripts = Scripts(self.home.scripts)
        aws = EmbeddedAws(
            table=TABLE_NAME,
            table_shape=TABLE,
            bucket=BUCKET_NAME,
            functions={name: Function(_not_wired) for name in (RUN_STEP, RUN_AGENT, RUN_SCRIPT, ADMIT_RUN)},
            journal=Journal(self.home.journal),
        )
        dynamodb = embedded.client("dynamodb")
        # The scripts are ended after the store is closed: that they fail then is told to nobody.
        self._undo.append(scripts.close)
        self._undo.append(lambda: aws.close(last=lambda: recovery.give_back_attempts(dynamodb, TABLE_NAME)))
        recovery.end_leases(dynamodb, TABLE_NAME)
        self._wire(aws, scripts, settings)

    def _wire(self, aws: EmbeddedAws, scripts: Scripts, settings: Settings) -> None:
        scripts.stops = stops(Stores(settings), _LOOK_SECONDS)
        aws.replace_functions(
            {
                RUN_STEP: Function(run_step_handler(settings, secrets=self._secrets, look_seconds=_LOOK_SECONDS)),
                RUN_AGENT: Function(
                    run_agent_handler(settings, secrets=self._secrets, on_laptop=True, look_seconds=_LOOK_SECONDS)
                ),
                RUN_SCRIPT: Function(scripts.handle),
                ADMIT_RUN: Function(admit_run_handler(settings), timeout_seconds=60),
            }
        )
        embedded.create_machine(delayed_start.NAME, delayed_start.delayed_start(function_arn(ADMIT_RUN)))
        embedded.create_machine(direct_execution.NAME, direct_execution.direct_execution(function_arn(RUN_AGENT)))
        bus = Bus(_with_context("track-run", track_run_handler(settings)))
        self._undo.append(bus.close)
        aws.tell_ends_to(bus.publish)
        reconcile = _with_context("reconcile", reconcile_handler(settings))
        ticker = Ticker(lambda: reconcile({}), self._tick_seconds)
        fire = _with_context("fire-schedule", fire_schedule_handler(settings))
        rules = Rules(embedded.REGION, {settings.fire_schedule_arn: fire})
        minutes = self._minutes = Minutes(rules.fire, self._clock)
        set_timers(settings)
        make_last_runs(settings)
        news = LocalNews()
        aws.tell_writes_to(news.wrote)
        server = Server(build_api(settings, listen=news.listen, secrets=self._secrets), self._socket)
        server.start()
        self.home.keep_url(self.url)
        self._undo += [server.stop, news.close]
        ticker.start()
        minutes.start()
        self._undo += [ticker.stop, minutes.stop]

    def fire_rules(self) -> None:
        """Fires the rules of each minute that has begun since the last time, for whoever has moved the clock."""
        if self._minutes is None:
            raise RuntimeError("the stack has not started")
        self._minutes.tick()

    def key(self, role: Role = "admin") -> str:
        """A working API key of this data folder: the kept one, or a new one when there is none or it was revoked."""
        store = keys.key_store(embedded.client("dynamodb"), TABLE_NAME)
        text = self.home.key()
        if text is None or not keys.is_valid(store, text):
            _, text = keys.new_key(store, "stepweave dev", role)
            self.home.keep_key(text)
        return text

    def close(self) -> None:
        """Ends what was begun, in the opposite order; may be called twice."""
        while self._undo:
            self._undo.pop()()


def _checked_hosts(text: str) -> str:
    try:
        parse_allowed_hosts(text)
    except ValueError as error:
        raise BadSetting(str(error)) from error
    return text


def _number(name: str, default: str, *, least: int) -> int:
    text = os.environ.get(name) or default
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 7 and int(text) >= least):
        raise BadSetting(f"{name}: '{text}' is no number from {least} to 999999")
    return int(text)


def _not_wired(_event: Any, _context: Any) -> None:
    raise RuntimeError("the stack is starting")


def _with_context(name: str, handler: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    function = Function(handler, timeout_seconds=60)
    return lambda event: handler(event, Context(name, function_arn(name), function))
