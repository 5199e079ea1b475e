import pytest

from stepweave.domain.run import execution_name, parse_execution_name, step_key


def test_the_name_of_an_execution_tells_its_run_and_number() -> None:
    assert parse_execution_name(execution_name("run_01", 12)) == ("run_01", 12)


@pytest.mark.parametrize("name", ["", "run_01", "run_01-x", "other-1", "run_01-"])
def test_other_executions_are_no_runs(name: str) -> None:
    assert parse_execution_name(name) is None


def test_steps_in_loops_are_told_apart_by_their_position() -> None:
    assert step_key("fetch", "") == "fetch"
    assert step_key("fetch", "0.3") == "fetch@0.3"
