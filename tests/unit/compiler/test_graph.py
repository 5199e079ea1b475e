from definitions import condition, definition, loop, script
from stepweave.compiler.graph import Graph, graph
from stepweave.domain.definition import Definition


def _graph(*steps: dict[str, object], **more: object) -> Graph:
    return graph(Definition.model_validate(definition(*steps, **more)))


def test_steps_are_ordered_after_all_they_wait_for_and_then_by_id() -> None:
    assert _graph(script("b"), script("c", ["z"]), script("z"), script("a", ["b"])).top.order == ("b", "a", "z", "c")


def test_a_dependency_that_another_one_implies_orders_nothing() -> None:
    top = _graph(script("a"), script("b", ["a"]), script("c", ["a", "b"])).top
    assert top.names(top.direct[2]) == ["a", "b"]
    assert top.names(top.reduced[2]) == ["b"]
    assert top.names(top.upstream[2]) == ["a", "b"]


def test_branches_and_handlers_are_dependencies() -> None:
    top = _graph(condition("c", then=["x"]), script("x", on_error={"goto": "h"}), script("h")).top
    assert [(link.before, link.after, link.kind, link.branch) for link in top.links] == [
        ("c", "x", "branch", "then"),
        ("x", "h", "goto", ""),
    ]
    assert top.comes_after("h", "c")
    assert not top.comes_after("c", "h")


def test_a_default_handler_handles_all_that_say_nothing_and_do_not_follow_it() -> None:
    top = _graph(
        script("a"),
        script("b", on_error="continue"),
        script("h", ["a"]),
        script("after", ["h"]),
        script("beside", ["h"]),
        script("last", ["after", "beside"]),
        script("c", on_error="fail"),
        config={"on_error": {"next": "h"}},
    ).top
    assert [(link.before, link.after) for link in top.links if link.kind == "goto"] == [("a", "h")]


def test_a_loop_has_a_scope_of_its_own() -> None:
    whole = _graph(script("a"), loop("l", ["a"], [script("x"), script("y", ["x"])]), script("z", ["l"]))
    assert whole.scopes["l"].loops == ("l",)
    assert whole.scopes["l"].order == ("x", "y")
    assert whole.scopes["l"].places == {"x": "/steps/1/config/steps/0", "y": "/steps/1/config/steps/1"}
    assert list(whole.upstream("y", whole.scopes["l"])) == ["x", "a"]


def test_what_is_upstream_of_a_loop_is_upstream_of_the_steps_in_it() -> None:
    inner = loop("inner", [], [script("deep")])
    whole = _graph(script("a"), loop("outer", ["a"], [script("b"), inner]), loop("other", [], [script("o")]))
    deep = whole.scopes["inner"]
    assert whole.is_upstream("deep", deep, "a")
    for elsewhere in ("b", "inner", "outer", "o", "unknown", "deep"):
        assert not whole.is_upstream("deep", deep, elsewhere)
    assert not whole.is_upstream("a", whole.top, "o")


def test_cycles_and_links_to_nowhere_leave_a_graph_to_report_on() -> None:
    top = _graph(script("b", ["a"]), script("a", ["b"]), script("c", ["b"]), script("d", ["nowhere"])).top
    assert top.order == ("d", "a", "b", "c")
    assert top.comes_after("a", "a")
    assert top.comes_after("c", "a")


def test_of_two_steps_with_one_id_the_first_counts() -> None:
    top = _graph(script("a"), script("b"), script("a", ["b"])).top
    assert top.places["a"] == "/steps/0"
    assert top.order == ("b", "a")
