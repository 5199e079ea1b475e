import pytest

from definitions import cases, condition, definition, loop, script
from stepweave.compiler.graph import graph
from stepweave.compiler.weave import MAX_NESTING, weave
from stepweave.compiler.woven import Await, Branch, Loop, Parallel, Sequence, Step, Weave, all_in, ids_in
from stepweave.domain.definition import Definition

Json = dict[str, object]


def _woven(*steps: Json, **more: object) -> Weave:
    return weave(graph(Definition.model_validate(definition(*steps, **more))))


def _series(*parts: Weave | str) -> Sequence:
    return Sequence(tuple(Step(part) if isinstance(part, str) else part for part in parts))


def _fork(*parts: Weave | str) -> Parallel:
    return Parallel(tuple(Step(part) if isinstance(part, str) else part for part in parts))


def test_one_step_is_a_step() -> None:
    assert _woven(script("a")) == Step("a")


def test_steps_that_follow_each_other_are_a_sequence() -> None:
    assert _woven(script("a"), script("b", ["a"]), script("c", ["b", "a"])) == _series("a", "b", "c")


def test_a_fork_and_join_nests() -> None:
    found = _woven(script("a"), script("b", ["a"]), script("c", ["a"]), script("d", ["b", "c"]))
    assert found == _series("a", _fork("b", "c"), "d")


def test_forks_nest_in_forks() -> None:
    steps = [script("a"), script("b", ["a"]), script("c", ["a"]), script("d", ["b"]), script("e", ["b"]), script("z")]
    assert _woven(*steps) == _fork(_series("a", _fork(_series("b", _fork("d", "e")), "c")), "z")


def test_a_complete_bipartite_order_is_two_forks() -> None:
    steps = [script("a"), script("b"), script("c", ["a", "b"]), script("d", ["a", "b"])]
    assert _woven(*steps) == _series(_fork("a", "b"), _fork("c", "d"))


def test_an_n_is_two_strands_of_which_one_awaits_a_step_of_the_other() -> None:
    steps = [script("a"), script("b"), script("c", ["a"]), script("d", ["a", "b"])]
    assert _woven(*steps) == _fork(_series("a", "c"), _series("b", Await("d", ("a",)), "d"))


def test_what_follows_one_step_alone_forks_behind_it_and_awaits_nothing() -> None:
    steps = [script("a"), script("b"), script("c", ["a"]), script("d", ["a"]), script("e", ["a", "b"])]
    strands = _fork(_series("a", _fork("c", "d")), _series("b", Await("e", ("a",)), "e"))
    assert _woven(*steps) == strands


def test_a_strand_that_follows_nothing_waits_from_the_start() -> None:
    steps = [script("a"), script("b"), script("a1", ["a"]), script("b1", ["b"]), script("j", ["a", "b"])]
    woven = _woven(*steps)
    assert woven == _fork(_series("a", "a1"), _series("b", "b1"), _series(Await("j", ("a", "b")), "j"))


def test_an_await_waits_for_the_last_steps_of_the_modules_before_it() -> None:
    steps = [
        script("a1"),
        script("a2", ["a1"]),
        script("a3", ["a1"]),
        script("b"),
        script("c", ["a2", "a3"]),
        script("d", ["a2", "a3", "b"]),
    ]
    before = _series("a1", _fork("a2", "a3"))
    assert _woven(*steps) == _fork(_series(*before.parts, "c"), _series("b", Await("d", ("a2", "a3")), "d"))


def test_a_block_awaits_nothing_outside_it() -> None:
    steps = [condition("c", then=["x", "y"]), script("o"), script("x"), script("y", ["x"]), script("z", ["o"])]
    steps += [script("k", ["c", "o"])]
    assert _woven(*steps) == _fork(
        _series("c", Branch("c", (("then", _series("x", "y")),))),
        _series("o", "z"),
        _series(Await("k", ("c", "o")), "k"),
    )
    within = [condition("c", then=["x", "y"]), script("o"), script("x"), script("y", ["o"]), script("z", ["o"])]
    awaiting = _series("c", Branch("c", (("then", Step("x")),)))
    assert _woven(*within) == _fork(awaiting, _series("o", "z"), _series(Await("y", ("c", "o")), "y"))


def test_modules_inside_a_prime_part_stay_whole() -> None:
    steps = [
        script("a1"),
        script("a2", ["a1"]),
        script("b"),
        script("c", ["a2"]),
        script("d", ["a2", "b"]),
        script("d1", ["d"]),
        script("d2", ["d"]),
    ]
    found = _woven(*steps)
    last = _series("b", Await("d", ("a2",)), "d", _fork("d1", "d2"))
    assert found == _fork(_series("a1", "a2", "c"), last)


def test_a_loop_is_woven_inside() -> None:
    steps = [loop("l", [], [script("x"), script("y", ["x"]), script("z", ["x"])])]
    assert _woven(*steps) == Loop("l", _series("x", _fork("y", "z")))


def test_a_branch_is_a_block_behind_a_choice() -> None:
    steps = [
        condition("c", then=["x"], else_=["z"]),
        script("x"),
        script("y", ["x"]),
        script("z"),
        script("j", ["y", "z"]),
    ]
    assert _woven(*steps) == _series("c", Branch("c", (("else", Step("z")), ("then", _series("x", "y")))), "j")


def test_a_block_ends_where_a_step_may_run_without_the_branch() -> None:
    steps = [condition("c", then=["x"]), script("x"), script("y", ["x"]), script("j", ["y", "c"])]
    assert _woven(*steps) == _series("c", Branch("c", (("then", _series("x", "y")),)), "j")


def test_a_fork_that_is_all_of_one_branch_is_one_block() -> None:
    steps = [condition("c", then=["x", "y"]), script("x"), script("y")]
    assert _woven(*steps) == _series("c", Branch("c", (("then", _fork("x", "y")),)))


def test_what_runs_anyway_stands_beside_the_choice() -> None:
    steps = [condition("c", then=["x", "y"], else_=["z"]), script("x"), script("y"), script("z"), script("log", ["c"])]
    assert _woven(*steps) == _series("c", _fork(Branch("c", (("else", Step("z")), ("then", _fork("x", "y")))), "log"))


def test_a_block_at_the_head_of_a_strand_is_behind_a_choice_too() -> None:
    steps = [
        condition("c", then=["x"], else_=["y"]),
        script("x"),
        script("y"),
        script("j", ["x", "y"]),
        script("k", ["c"]),
    ]
    choice = Branch("c", (("else", Step("y")), ("then", Step("x"))))
    assert _woven(*steps) == _series("c", _fork("k", _series(choice, "j")))


def test_a_step_named_by_two_conditions_is_no_block() -> None:
    steps = [condition("c", then=["x"]), condition("d", ["c"], then=["x"]), script("x")]
    assert _woven(*steps) == _series("c", "d", "x")


def test_a_step_named_by_two_conditions_of_which_one_hangs_on_the_other_is_a_block_of_the_outer() -> None:
    steps = [condition("c", then=["d", "x"]), condition("d", then=["x"]), script("x")]
    assert _woven(*steps) == _series("c", Branch("c", (("then", _series("d", "x")),)))


def test_a_step_in_both_branches_is_no_block() -> None:
    assert _woven(condition("c", then=["x"], else_=["x"]), script("x")) == _series("c", "x")


def test_a_handler_of_steps_in_a_block_belongs_to_the_block() -> None:
    steps = [condition("c", then=["x"]), script("x", on_error={"goto": "h"}), script("h", ["c"])]
    assert _woven(*steps) == _series("c", Branch("c", (("then", _series("x", "h")),)))


def test_cases_are_branches() -> None:
    steps = [cases("c", [], ["x"], ["y"], otherwise=["z"]), script("x"), script("y"), script("z")]
    blocks = (("cases/0", Step("x")), ("cases/1", Step("y")), ("else", Step("z")))
    assert _woven(*steps) == _series("c", Branch("c", blocks))


def test_a_branch_that_is_no_module_is_left_to_the_steps() -> None:
    steps = [script("o"), condition("c", then=["x"]), script("x", ["o"]), script("k", ["o"])]
    assert _woven(*steps) == _fork(_series("c", Await("x", ("o",)), "x"), _series("o", "k"))


def test_a_parallel_condition_with_nothing_in_blocks_stays_a_fork() -> None:
    assert _woven(condition("c"), script("x", ["c"]), script("y", ["c"])) == _series("c", _fork("x", "y"))


@pytest.mark.parametrize("levels", [MAX_NESTING - 1, MAX_NESTING + 40])
def test_deep_nesting_comes_out_whole_and_in_bounds(levels: int) -> None:
    steps = [script("r")]
    for level in range(levels):
        before = f"n{level - 1:03}" if level else "r"
        steps += [script(f"n{level:03}", [before]), script(f"m{level:03}", [before])]
    woven = _woven(*steps)
    assert sorted(ids_in(woven)) == sorted(str(step["id"]) for step in steps)
    assert _depth(woven) <= MAX_NESTING + 1


def _depth(woven: Weave) -> int:
    match woven:
        case Sequence(parts):
            return max(map(_depth, parts))
        case Parallel(parts):
            return 1 + max(map(_depth, parts))
    return 0


def test_choices_nest_in_bounds() -> None:
    steps = [condition(f"c{n:03}", then=[f"c{n + 1:03}"]) for n in range(100)] + [condition("c100")]
    woven = _woven(*steps)
    assert len(list(ids_in(woven))) == 101
    assert sum(isinstance(part, Branch) for part in all_in(woven)) == 20


def test_everything_in_a_weave_is_walked_loops_included() -> None:
    woven = _woven(script("a"), loop("l", ["a"], [condition("c", then=["x"]), script("x")]))
    names = [type(part).__name__ for part in all_in(woven)]
    assert names == ["Sequence", "Step", "Loop", "Sequence", "Step", "Branch", "Step"]
    assert list(ids_in(woven)) == ["a", "l"]
