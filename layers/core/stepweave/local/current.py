"""What the one embedded AWS of this process works with at the moment. moto is global to a process, so this is too."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stepweave.local.journal import Journal

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Function:
    """A Python function that stands for a Lambda function."""

    handler: Handler
    timeout_seconds: int = 900
    memory_mb: int = 512


@dataclass
class Current:
    """`on_end` gets the status-change event of every execution that ends, `on_write` the partition of every write."""

    is_open: bool = False
    journal: Journal | None = None
    functions: Mapping[str, Function] = field(default_factory=dict)
    on_end: Callable[[dict[str, Any]], None] | None = None
    on_write: Callable[[str], None] | None = None
    lock: Any = field(default_factory=threading.RLock)
