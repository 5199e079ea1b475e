"""Refusals: what has no equal of ours, and so is not translated."""

from stepweave.domain.problem import Problem


class Refusal(Exception):
    """A text that cannot be translated: why, and what to do instead. Whoever knows its place makes a problem of it."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class Refusals:
    """The problems of one document, as they are found."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, at: str, reason: str, hint: str = "", code: str = "not_translatable") -> None:
        """`at`: a JSON Pointer into the document."""
        self.problems.append(Problem(code, at, reason, hint))
