"""What is written in an agent's configuration: expressions as Compozy's clients write them."""

import re
from collections.abc import Mapping
from typing import Any

_LEADING_DOT = re.compile(r"\{\{-?\s*\.(?=[A-Za-z_])")


def without_leading_dots(value: Any) -> Any:
    """Expressions as Compozy's clients write them, as ours: -> `"{{ input.city }}"` of `"{{ .input.city }}"`."""
    match value:
        case str():
            return _LEADING_DOT.sub("{{ ", value)
        case Mapping():
            return {name: without_leading_dots(each) for name, each in value.items()}
        case list():
            return [without_leading_dots(each) for each in value]
        case _:
            return value
