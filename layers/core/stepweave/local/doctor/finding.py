"""What a check found."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """`said`: what is so; `advice`: what to do about it, of a finding that is not ok."""

    level: Level
    said: str
    advice: str = ""


def ok(said: str) -> Finding:
    return Finding("ok", said)


def warning(said: str, advice: str) -> Finding:
    return Finding("warning", said, advice)


def error(said: str, advice: str) -> Finding:
    return Finding("error", said, advice)
