"""Places: where the expressions of a definition stand, each with its JSON Pointer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.compiler.expressions import is_braced
from stepweave.compiler.references import References, references, references_of
from stepweave.domain.plan import BARE
from stepweave.domain.problem import pointer
from stepweave.domain.step import Step


@dataclass(frozen=True)
class Place:
    """An expression, bare or with its braces (`is_bare`: it may be either), or a text with expressions in it."""

    at: str
    text: str
    is_bare: bool

    def references(self) -> References:
        return references_of(self.text) if self.is_bare and not is_braced(self.text) else references(self.text)


def config_of(step: Step) -> dict[str, Any]:
    """The config as written, without the steps nested in it."""
    return step.config.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"steps"})


def places(step: Step, at: str) -> Iterator[Place]:
    """The expressions of a step, not those of steps nested in it."""
    if step.when is not None:
        yield Place(f"{at}/when", step.when, True)
    config = config_of(step)
    bare = BARE.get(step.type, frozenset())
    for name, value in config.items():
        if name not in bare:
            yield from templates(value, f"{at}/config{pointer(name)}")
    yield from _bare_places(config, bare, f"{at}/config")


def templates(value: Any, at: str) -> Iterator[Place]:
    """The texts in a JSON value that hold expressions."""
    if isinstance(value, str):
        if "{{" in value:
            yield Place(at, value, False)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from templates(each, at + pointer(name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from templates(each, f"{at}/{index}")


def _bare_places(config: Mapping[str, Any], bare: frozenset[str], at: str) -> Iterator[Place]:
    for name in sorted(bare & {"expression", "items", "condition"} & config.keys()):
        if isinstance(config[name], str):
            yield Place(f"{at}/{name}", config[name], True)
        else:
            yield from templates(config[name], f"{at}/{name}")
    for index, case in enumerate(config.get("cases", ())):
        yield Place(f"{at}/cases/{index}/when", case["when"], True)
