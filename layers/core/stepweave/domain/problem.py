"""A problem: one located complaint about a definition."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What is wrong (`code`, `message`), where (`path`, a JSON Pointer into the definition) and what to do (`hint`)."""

    code: str
    path: str
    message: str
    hint: str = ""


def pointer(*parts: str | int) -> str:
    """A JSON Pointer (RFC 6901). -> `pointer("steps", 0, "a/b") == "/steps/0/a~1b"`"""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
