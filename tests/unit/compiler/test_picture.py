from stepweave.compiler.picture import tree
from stepweave.compiler.woven import Branch, Loop, Parallel, Sequence, Step


def test_a_weave_is_drawn_as_a_tree() -> None:
    branch = Branch("c", (("else", Step("y")), ("then", Sequence((Step("x"), Step("z"))))))
    strands = Parallel((Step("b"), Sequence((Step("c"), branch))))
    woven = Sequence((Step("a"), strands, Loop("l", Step("i"))))
    assert tree(woven).splitlines() == [
        "├─ a",
        "├─ side by side",
        "│  ├─ b",
        "│  └─ in turn",
        "│     ├─ c",
        "│     └─ as c decides",
        "│        ├─ else",
        "│        │  └─ y",
        "│        └─ then",
        "│           ├─ x",
        "│           └─ z",
        "└─ l, for each item",
        "   └─ i",
    ]
