"""Random definitions, compiled and run on the embedded stack, against the reference interpreter."""

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_runs import EmbeddedRuns, Fails, Ran
from random_definitions import RANDOMS, all_steps, definitions, outcomes_of
from reference_interpreter import Json, Outcomes, Settled, edges_of, goes_elsewhere, interpret
from stepweave.bootstrap.clients import new_ids
from stepweave.bootstrap.rehearsal_uses import rehearsal_ports
from stepweave.services.rehearsal import Rehearsal, rehearse_definition
from stepweave.services.rehearsal_mocks import Mock, MockError
from told_outcomes import as_told, tables_of

EXAMPLES = 10 if os.environ.get("HYPOTHESIS_PROFILE", "steady") == "steady" else 500
PORTS = rehearsal_ports(new_ids())
SETTLED = {"completed", "failed", "skipped"}


@pytest.fixture(scope="module")
def runs() -> Iterator[EmbeddedRuns]:
    made = EmbeddedRuns()
    yield made
    made.close()


@settings(max_examples=EXAMPLES)
@given(definitions(most=60), RANDOMS, st.sampled_from([0.0, 0.0, 0.1]))
def test_every_step_settles_as_the_reference_interpreter_allows(
    runs: EmbeddedRuns, source: Json, chosen: random.Random, fatal: float
) -> None:
    told = _possible(outcomes_of(source, chosen, fatal=fatal), source)
    given_input = tables_of(source, told)

    def work(key: Any) -> Any:
        if given_input["fails"][key]:
            raise Fails
        return key

    runs.scripts.ran.clear()
    runs.scripts.works = {step["id"]: work for step in all_steps(source["steps"])}
    run = runs.run(as_told(source), given_input)
    Verdict(source, told, run, runs.scripts.ran).check()
    check_rehearsed(source, told, given_input, run)


def check_rehearsed(source: Json, told: Outcomes, given_input: Json, run: Json) -> None:
    """A rehearsal of the definition, its scripts played as they did, comes to the same."""
    error = MockError("script_failed", "Exit code 1.", "permanent")
    scripts = [step["id"] for step in all_steps(source["steps"]) if step["type"] == "script"]
    mocks = {
        key: played(key, error if fails else None)
        for key, fails in given_input["fails"].items()
        if key.partition("@")[0] in scripts
    }
    rehearsed = rehearse_definition(as_told(source), Rehearsal(given_input, mocks), PORTS)["run"]
    verdict = Verdict(source, told, rehearsed, [])
    verdict.check_run()
    verdict.check_statuses()
    assert rehearsed["status"] == run["status"]
    if run["status"] == "completed":
        assert without_errors(rehearsed["output"]) == without_errors(run["output"])


def played(key: str, error: MockError | None) -> Mock:
    return Mock({"exit_code": 0, "stdout": "", "stderr": "", "result": key}, error)


def without_errors(value: Any) -> Any:
    """An item that failed tells of it in the words of what failed, and by chance which was first."""
    if isinstance(value, dict):
        return {name: "failed" if name == "error" else without_errors(each) for name, each in value.items()}
    return [without_errors(each) for each in value] if isinstance(value, list) else value


def _possible(told: Outcomes, source: Json) -> Outcomes:
    """A condition with cases takes its `else` when none of them holds."""
    with_cases = {step["id"] for step in all_steps(source["steps"]) if "cases" in step["config"]}

    def takes(key: str) -> str:
        branch = told.takes(key)
        return "else" if branch == "then" and key.partition("@")[0] in with_cases else branch

    return replace(told, takes=takes)


class Verdict:
    """A run and all that the reference interpreter lets happen in it.

    Failures that nothing handles come as late as can be in its time, so that it tells of all that may start before.
    """

    def __init__(self, source: Json, told: Outcomes, run: Json, ran: list[Ran]) -> None:
        self.steps = {step["id"]: step for step in all_steps(source["steps"])}
        self.scopes = {step["id"]: scope for scope in _scopes(source) for step in scope["steps"]}
        late = Outcomes(told.takes, told.fails, told.wants, self._lasts(told), told.counts)
        self.ideal = interpret(source, late)
        self.run, self.ran = run, ran
        self.actual = {_key(row): row["status"] for row in run["step_runs"] if row["status"] in SETTLED}

    def _lasts(self, told: Outcomes) -> Any:
        return lambda key: 1e9 if told.fails(key) and self.is_fatal(key) else 0.0

    def is_fatal(self, key: str) -> bool:
        name = key.partition("@")[0]
        return name not in goes_elsewhere(self.scopes[name]) and self.steps[name].get("on_error", "fail") == "fail"

    def check(self) -> None:
        self.check_run()
        self.check_statuses()
        self.check_bodies()

    def check_run(self) -> None:
        top = {key: each for key, each in self.ideal.items() if "@" not in key}
        failed = any(each.status == "failed" and self.is_fatal(key) for key, each in top.items())
        assert self.run["status"] == ("failed" if failed else "completed"), self.run["error"]

    def check_statuses(self) -> None:
        for key, status in self.actual.items():
            if key in self.ideal:
                assert status == self.ideal[key].status, key
            else:
                assert self.is_excused(key), f"{key} should not have been entered"
        for key in self.ideal.keys() - self.actual.keys():
            assert self.is_excused(key), f"{key} did not settle"

    def is_excused(self, key: str) -> bool:
        """Whether a failure that nothing handles ended its iteration, one around it, their loop or the run."""
        name, _, position = key.partition("@")
        where = position.split(".") if position else []
        for depth in range(len(where), -1, -1):
            at = ".".join(where[:depth])
            around = [f"{step['id']}@{at}" if at else step["id"] for step in self.scopes[name]["steps"]]
            if any(self.status(each) == "failed" and self.is_fatal(each) for each in around):
                return True
            name = self.scopes[name].get("loop", "")
            outer = ".".join(where[: depth - 1])
            if name and self.status(f"{name}@{outer}" if outer else name) == "failed":
                return True
        return False

    def status(self, key: str) -> str:
        return self.actual.get(key) or self.ideal.get(key, Settled("", 0, 0)).status

    def check_bodies(self) -> None:
        spans = {ran.input: ran for ran in self.ran}
        assert len(spans) == len(self.ran), "a body ran twice"
        worked = {key for key, status in self.actual.items() if status != "skipped"}
        scripts = {key for key in worked if self.steps[key.partition("@")[0]]["type"] == "script"}
        assert scripts <= spans.keys()
        for key, ran in spans.items():
            name, at, position = key.partition("@")
            before = [f"{each}{at}{position}" for each in edges_of(self.scopes[name])[name].all]
            assert all(spans[each].end <= ran.start for each in before if each in spans), key


def _key(row: Json) -> str:
    return f"{row['step_id']}@{row['iteration']}" if "iteration" in row else str(row["step_id"])


def _scopes(source: Json, loop: str = "") -> Iterator[Json]:
    """The definition, and the inside of each loop; `loop`: whose inside it is."""
    yield {**source, "loop": loop}
    for step in source["steps"]:
        if step["type"] == "loop":
            yield from _scopes(step["config"], step["id"])
