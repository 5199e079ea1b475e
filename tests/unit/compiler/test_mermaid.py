from typing import Any

from definitions import condition, definition, loop, script, wait
from stepweave.compiler.compile import compile_definition
from stepweave.compiler.mermaid import mermaid


def text(source: dict[str, Any]) -> str:
    graph = compile_definition(source).graph
    assert graph is not None
    return mermaid(graph)


WHOLE = definition(
    script("a", on_error={"goto": "rescue"}),
    script("rescue"),
    condition("check", ["a"], then=["b"], **{"else": ["nap"]}),
    script("b", ["check"]),
    wait("nap"),
    loop("each", ["b", "nap"], [script("x"), script("y", ["x"])]),
)


def test_every_kind_of_edge_is_shown_once_and_loops_hold_their_steps() -> None:
    assert text(WHOLE) == (
        "flowchart TD\n"
        '  s0["a<br/>script"]\n'
        '  s1{"check<br/>condition"}\n'
        '  s2["b<br/>script"]\n'
        '  s3("nap<br/>wait")\n'
        '  s4["each<br/>loop"]\n'
        '  subgraph s4_each["for each item of each"]\n'
        '    s5["x<br/>script"]\n'
        '    s6["y<br/>script"]\n'
        "    s5 --> s6\n"
        "  end\n"
        "  s4 -.-> s4_each\n"
        '  s7["rescue<br/>script"]\n'
        "  s0 --> s1\n"
        "  s0 -. on error .-> s7\n"
        "  s1 -- then --> s2\n"
        "  s1 -- else --> s3\n"
        "  s2 --> s4\n"
        "  s3 --> s4\n"
    )


def test_the_order_of_the_steps_changes_nothing() -> None:
    assert text({**WHOLE, "steps": WHOLE["steps"][::-1]}) == text(WHOLE)
