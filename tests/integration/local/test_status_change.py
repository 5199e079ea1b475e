"""Which events reach the function that tracks runs."""

from typing import Any

from stepweave.local.status_change import Bus


def event(name: str) -> dict[str, Any]:
    return {"detail": {"name": name}}


def test_executions_that_are_no_runs_are_not_told_of() -> None:
    told: list[str] = []
    bus = Bus(lambda event: told.append(event["detail"]["name"]))
    for name in ("run_1", "agent_1", "other"):
        bus.publish(event(name))
    bus.close()
    assert told == ["run_1"]


def test_a_delivery_that_fails_does_not_stop_the_next() -> None:
    told: list[str] = []

    def deliver(event: dict[str, Any]) -> None:
        if event["detail"]["name"] == "run_1":
            raise ValueError("no")
        told.append(event["detail"]["name"])

    bus = Bus(deliver)
    bus.publish(event("run_1"))
    bus.publish(event("run_2"))
    bus.close()
    bus.publish(event("run_3"))
    assert told == ["run_2"]
