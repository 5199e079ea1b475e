"""A tool that is a request: its `config` is that of an `http_request` step, over `input`, `env` and secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stepweave.errors import StepError
from stepweave.services.ports import Done, StepBody, StepContext
from stepweave.services.ports.models import ToolForm
from stepweave.steps.toolbox import call_key

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BODIES = frozenset({"json", "body", "form", "multipart"})


@dataclass(frozen=True)
class HttpTool:
    """`fixed`: arguments that the model cannot change; `hosts`: of each secret that the request
    may carry beside those in `config`, and that is bound to hosts, these."""

    form: ToolForm
    config: Mapping[str, Any]
    fixed: Mapping[str, Any]
    env: Mapping[str, Any]
    hosts: tuple[tuple[str, ...], ...]
    timeout_seconds: float
    context: StepContext
    request: StepBody
    checked: bool = True

    @property
    def is_safe(self) -> bool:
        return self._method in _SAFE

    @property
    def _method(self) -> str:
        return str(self.config.get("method") or "GET").upper()

    def call(self, arguments: Mapping[str, Any], nth: str, timeout_seconds: float) -> Any:
        """Its status and body."""
        scope = {"input": {**arguments, **self.fixed}, "env": self.env}
        filled = self.context.fill({**self._defaults(), **self.config}, scope)
        done = self.request(
            replace(
                self.context,
                config={**filled.value, "method": self._method},
                timeout_seconds=min(self.timeout_seconds, timeout_seconds),
                idempotency_key=call_key(self.context, nth),
                secret_hosts=(*self.hosts, *filled.hosts),
            )
        )
        if not isinstance(done, Done):
            raise StepError("tool_failed", "The tool did not answer.")
        return {"status_code": done.output["status_code"], "body": done.output["body"]}

    def _defaults(self) -> dict[str, Any]:
        """A tool that says of no argument where it goes sends them all: in the query, or as JSON."""
        if self.is_safe:
            return {} if "query" in self.config or "input" in str(self.config.get("url")) else {"query": "{{ input }}"}
        return {} if self.config.keys() & _BODIES else {"json": "{{ input }}"}
