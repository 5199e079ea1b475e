"""The request that is being answered, for whatever it starts: known to the thread or task that answers it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from stepweave.domain.origin import NO_ORIGIN, Origin

_CURRENT: ContextVar[Origin] = ContextVar("origin", default=NO_ORIGIN)


def current_origin() -> Origin:
    """Empty where no request is being answered: a schedule's fire, a step."""
    return _CURRENT.get()


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    before = _CURRENT.set(origin)
    try:
        yield
    finally:
        _CURRENT.reset(before)
