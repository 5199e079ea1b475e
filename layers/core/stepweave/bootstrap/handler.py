"""What Lambda calls."""

from collections.abc import Callable, Mapping
from typing import Any

Handler = Callable[[Mapping[str, Any], Any], Any]
"""Takes an event and the context of the invocation."""
