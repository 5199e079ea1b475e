import subprocess
import sys

import pytest

from stepweave.services.yaml_text import MAX_DEPTH, Refused, tree_of, value_of


def test_what_another_library_teaches_yaml_changes_nothing_here():
    """Libraries share PyYAML's registries, and some fill them for everybody."""
    program = """
import yaml
yaml.SafeLoader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: "spoilt")
from stepweave.services.yaml_text import tree_of, value_of
print(value_of(tree_of("{a: [1, 2.5, true, null, x]}")))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "{'a': [1, 2.5, True, None, 'x']}\n"


@pytest.mark.parametrize("deep", ["[", "{a: ", "- ", "? "])
def test_brackets_without_end_are_refused_where_they_are_too_many(deep: str):
    """A library that raises Python's own limit, as the one for expressions does, would have all of them read."""
    with pytest.raises(Refused, match="it is nested deeper than 128 levels") as refused:
        tree_of(deep * 50_000)
    assert refused.value.mark is not None
    assert refused.value.mark.column <= len(deep) * (MAX_DEPTH + 1)


def test_what_is_not_too_deep_is_read():
    tree = tree_of("[" * MAX_DEPTH + "x" + "]" * MAX_DEPTH + "\n")
    assert tree is not None
    value = value_of(tree)
    for _ in range(MAX_DEPTH):
        (value,) = value
    assert value == "x"


def test_levels_beside_each_other_are_no_depth():
    assert tree_of("- [[1]]\n" * 200) is not None
