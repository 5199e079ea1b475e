"""Clients of AWS, and what a process has of its own: time, ids, its log."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from stepweave.ids import NewId, new_id_factory

if TYPE_CHECKING:
    from stepweave.services.ports import Tell


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_ids() -> NewId:
    """Each id asks the system for its time and its randomness: a process that begins as a copy of another (Lambda
    SnapStart) makes ids of its own."""
    return new_id_factory(_now_ms, secrets.randbits)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def new_tell(stack: str) -> "Tell":
    from aws_lambda_powertools import Logger

    from stepweave.adapters.outcomes import Outcomes

    return Outcomes(Logger(), stack, _now_ms)


def client(service: str, **config: Any) -> Any:
    """Fails fast and retries a little: a caller waits for the answer, and reconcile looks after what got none."""
    import boto3
    from botocore.config import Config

    defaults: dict[str, Any] = {
        "connect_timeout": 3,
        "read_timeout": 10,
        "retries": {"mode": "standard", "total_max_attempts": 4},
        "max_pool_connections": 50,
    }
    make: Any = boto3.client
    return make(service, config=Config(**{**defaults, **config}))


def later(service: str, **config: Any) -> Any:
    return _OnFirstUse(lambda: client(service, **config))


class _OnFirstUse:
    """A client that is made when it is first used.

    Loading its service's model takes 50-100 ms of a cold start, and most invocations have nothing to do with it. The
    lock is for the laptop, where many threads come at once: making clients is not thread-safe (boto3 guide).
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._made = cache(make)
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            client = self._made()
        return getattr(client, name)
