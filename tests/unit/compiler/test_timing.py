from typing import Any

import pytest

from definitions import definition, script, wait
from stepweave.compiler.compile import compile_definition


def problems(**more: Any) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in compile_definition(definition(script("a"), **more)).problems]


def of_wait(**config: Any) -> list[tuple[str, str]]:
    source = definition({**wait("a"), "config": config})
    return [(each.code, each.path) for each in compile_definition(source).problems]


@pytest.mark.parametrize(
    "cron",
    ["0 9 * * 1-5", "*/5 * * * *", "0 0 1 JAN MON", "0 30 8 * * *", "@hourly", "@daily", "@every 15m", "@every 1h30m"],
)
def test_crons_that_can_fire_are_taken(cron: str) -> None:
    assert problems(schedule={"cron": cron, "timezone": "America/New_York"}) == []


@pytest.mark.parametrize(
    "cron",
    ["rubbish", "* * * *", "61 * * * *", "5 0 9 * * *", "* * * * * * *", "@never", "@every 30s", "@every x"],
)
def test_crons_that_cannot_are_refused(cron: str) -> None:
    assert problems(schedule={"cron": cron}) == [("invalid_cron", "/schedule/cron")]


@pytest.mark.parametrize("zone", ["Mars/X", "", "../etc/passwd", "Europe/Berlin\0", "Europe"])
def test_unknown_time_zones_are_refused(zone: str) -> None:
    assert problems(schedule={"cron": "@daily", "timezone": zone}) == [("unknown_timezone", "/schedule/timezone")]


def test_moments_need_their_offset() -> None:
    schedule = {"cron": "@daily", "start_at": "2026-11-02T08:30:00Z", "end_at": "2026-11-02T08:30:00"}
    assert problems(schedule=schedule) == [("invalid_time", "/schedule/end_at")]
    assert problems(schedule={**schedule, "end_at": "soon"}) == [("invalid_time", "/schedule/end_at")]


def test_a_window_ends_after_it_begins() -> None:
    schedule = {"cron": "@daily", "start_at": "2026-11-02T08:30:00Z", "end_at": "2026-11-02T09:30:00+01:00"}
    assert problems(schedule=schedule) == [("invalid_time", "/schedule/end_at")]
    assert problems(schedule={**schedule, "end_at": "2026-11-02T08:30:01Z"}) == []


def test_a_jitter_is_of_an_hour_at_most() -> None:
    assert problems(schedule={"cron": "@daily", "jitter": "1h"}) == []
    for jitter in ("2h", 0.5):
        assert problems(schedule={"cron": "@daily", "jitter": jitter}) == [("invalid_time", "/schedule/jitter")]


def test_what_a_schedule_gives_is_what_a_run_takes() -> None:
    config = {"input": {"properties": {"n": {"type": "integer", "default": 1}}, "required": ["n"]}}
    assert problems(schedule={"cron": "@daily"}, config=config) == []
    wrong = {"cron": "@daily", "input": {"n": "many"}}
    assert problems(schedule=wrong, config=config) == [("invalid_value", "/schedule/input/n")]
    assert problems(schedule=wrong, config={"input": {"type": 5}})[0][0] != "invalid_value"
    large = {"cron": "@daily", "input": {"text": "x" * 10_000}}
    assert problems(schedule=large) == [("invalid_value", "/schedule/input")]


@pytest.mark.parametrize("config", [{"seconds": 1}, {"until": "2026-11-02T08:30:00+01:00"}, {"until": "{{ input.t }}"}])
def test_waits_that_can_end_are_taken(config: dict[str, Any]) -> None:
    assert of_wait(**config) == []


def test_waits_that_cannot_end_are_refused() -> None:
    assert of_wait(seconds=1e300) == [("invalid_time", "/steps/0/config/seconds")]
    assert of_wait(until="never") == [("invalid_time", "/steps/0/config/until")]
    assert of_wait(signal="go", timeout_seconds=1e300) == [("invalid_time", "/steps/0/config/timeout_seconds")]
    assert of_wait(duration="-5m") == [("invalid_value", "/steps/0/config/duration")]


@pytest.mark.parametrize("name", [" go", "a\nb", "x" * 201])
def test_signals_that_nobody_can_send_are_refused(name: str) -> None:
    assert of_wait(signal=name) == [("invalid_signal", "/steps/0/config/signal")]


def test_signals_that_can_be_sent_are_taken() -> None:
    assert of_wait(signal="approve", timeout_seconds=60) == []
    assert of_wait(signal="{{ input.name }}") == []
