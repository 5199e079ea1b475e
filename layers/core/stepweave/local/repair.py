"""Replaces a method of moto by another that knows the original, or adds one."""

from collections.abc import Callable
from typing import Any

Method = Callable[..., Any]


def repair(owner: Any, name: str, make: Callable[[Method], Method]) -> None:
    """Sets `owner.name` to `make(original)`; an AttributeError tells that moto has moved the method."""
    setattr(owner, name, make(getattr(owner, name)))


def add(owner: Any, name: str, method: Method) -> None:
    setattr(owner, name, method)
