"""The story of a run that is resumed, on the embedded stack: what was told stays, and goes on."""

from typing import Any

from definitions import definition, loop, script
from embedded_runs import EmbeddedRuns, Fails
from stepweave.services.places import parse_id


def named(step_id: str, after: Any = ()) -> Any:
    return script(step_id, after, source=step_id)


class FailsOnce:
    def __init__(self) -> None:
        self.failed = False

    def __call__(self, given: Any) -> Any:
        if not self.failed:
            self.failed = True
            raise Fails
        return given


def story(runs: EmbeddedRuns, run_id: str, after: str = "") -> list[Any]:
    """All events after one, and that there are no more."""
    told: list[Any] = []
    while True:
        query = f"?limit=7{f'&after={after}' if after else ''}"
        found = runs.request("GET", f"/api/workflows/runs/{run_id}/events{query}")
        told += found["events"]
        after = found["next"]
        if found["done"]:
            return told
        assert found["events"], found


def names(told: list[Any]) -> list[tuple[str, str | None]]:
    return [(each["event"], each["data"].get("step_id")) for each in told]


def check_order(told: list[Any]) -> None:
    places = [parse_id(each["id"]) for each in told]
    assert None not in places
    assert places == sorted(set(places), key=lambda place: place or (0, 0))


def test_the_story_before_a_resume_stays_and_goes_on_past_the_end(runs: EmbeddedRuns) -> None:
    runs.scripts.works = {"b": FailsOnce()}
    run_id = runs.run(definition(named("a"), named("b", ["a"]), named("c", ["b"])))["id"]
    before = story(runs, run_id)
    assert names(before)[-2:] == [("step_failed", "b"), ("run_completed", None)]
    runs.control(run_id, "resume")
    runs.status_of(run_id, "completed")
    after = story(runs, run_id, before[-1]["id"])
    assert story(runs, run_id) == before + after
    check_order(before + after)
    assert names(after) == [
        ("run_resumed", None),
        ("run_started", None),
        *(("step_started", "b"), ("step_completed", "b")),
        *(("step_started", "c"), ("step_completed", "c")),
        ("run_completed", None),
    ]
    ends = [each["data"]["status"] for each in before + after if each["event"] == "run_completed"]
    assert ends == ["failed", "completed"]


def test_what_steps_yielded_before_they_ran_again_is_told_as_it_was(runs: EmbeddedRuns) -> None:
    given = iter(range(100))
    runs.scripts.works = {"in": lambda _: next(given), "a": lambda _: "first"}
    source = definition(named("a"), loop("each", ["a"], [named("in")], items="[1..4]"), named("z", ["each"]))
    run_id = runs.run(source)["id"]
    before = story(runs, run_id)
    for count in (1, 2):
        runs.scripts.works["a"] = lambda _, count=count: f"again {count}"
        runs.control(run_id, "resume", {"from_step": "a"})
        runs.status_of(run_id, "completed")
        told = story(runs, run_id)
        assert told[: len(before)] == before
        check_order(told)
        before = told
    yielded = [each["data"]["output"]["result"] for each in before if names([each]) == [("step_completed", "a")]]
    assert yielded == ["first", "again 1", "again 2"]
    assert names(before).count(("step_completed", "in")) == 12
