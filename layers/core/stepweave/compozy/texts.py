"""Texts of a document, translated where they stand: what cannot be becomes a problem with its place."""

from typing import Any

from stepweave.compozy.cel import condition
from stepweave.compozy.go_template import expression, template
from stepweave.compozy.jsonata import Source
from stepweave.compozy.names import Names
from stepweave.compozy.refusal import Refusal, Refusals
from stepweave.domain.problem import pointer


class Texts:
    """Translates, and tells what it could not: its results are looked at only where nothing was refused."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals

    def fill(self, value: Any, names: Names, at: str) -> Any:
        """A JSON value with its templates as ours."""
        match value:
            case str():
                try:
                    return template(value, names.resolve)
                except Refusal as refusal:
                    return self._refused(refusal, at, value)
            case dict():
                for name in value:
                    if "{{" in name:
                        self._refusals.add(at, f"The member '{name[:100]}' has a name that is a template")
                return {name: self.fill(each, names, at + pointer(name)) for name, each in value.items()}
            case list():
                return [self.fill(each, names, f"{at}/{index}") for index, each in enumerate(value)]
        return value

    def expression(self, text: str, names: Names, at: str) -> Source:
        """A template as one expression."""
        try:
            return expression(text, names.resolve)
        except Refusal as refusal:
            return Source(self._refused(refusal, at, "null"))

    def condition(self, text: str, names: Names, at: str) -> Source:
        """A condition in CEL as an expression."""
        try:
            return condition(text, names.resolve)
        except Refusal as refusal:
            return Source(self._refused(refusal, at, "null"))

    def _refused(self, refusal: Refusal, at: str, instead: str) -> str:
        reason = refusal.reason[:1].upper() + refusal.reason[1:]
        self._refusals.add(at, reason, refusal.hint)
        return instead
