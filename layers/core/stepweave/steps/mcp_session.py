"""A session with a server of tools: the client's side of the Model Context Protocol, as far as tools go.

https://modelcontextprotocol.io/specification/2025-06-18
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from stepweave import __version__
from stepweave.errors import StepError

PROTOCOL = "2025-06-18"
MAX_PAGES = 20
Message = Mapping[str, Any]


class Peer(Protocol):
    """The other side. `StepError` `mcp_failed`, or what the transport raises, when it cannot be asked."""

    def ask(self, message: Message, timeout_seconds: float) -> Message: ...
    def tell(self, message: Message, timeout_seconds: float) -> None: ...
    def agree(self, version: str) -> None:
        """The version that both sides speak from now on."""

    def close(self) -> None: ...


@dataclass
class McpSession:
    """Calls answer the `result` of a message; an `error` is a `StepError`."""

    server: str
    peer: Peer
    _asked: int = field(default=0)

    def open(self, timeout_seconds: float) -> None:
        client = {"name": "stepweave", "version": __version__}
        params = {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client}
        agreed = self._result("initialize", params, timeout_seconds)
        self.peer.agree(str(agreed.get("protocolVersion") or PROTOCOL))
        self.peer.tell({"jsonrpc": "2.0", "method": "notifications/initialized"}, timeout_seconds)

    def tools(self, timeout_seconds: float) -> list[Mapping[str, Any]]:
        """All of its tools, page by page."""
        found: list[Mapping[str, Any]] = []
        cursor = None
        for _ in range(MAX_PAGES):
            page = self._result("tools/list", {"cursor": cursor} if cursor else {}, timeout_seconds)
            listed = page.get("tools")
            found += [each for each in listed if _is_tool(each)] if isinstance(listed, list) else []
            cursor = page.get("nextCursor")
            if not cursor:
                break
        return found

    def call(self, tool: str, arguments: Mapping[str, Any], timeout_seconds: float) -> Any:
        """Its text, or its structured content; `StepError` `tool_failed` where the tool says so."""
        result = self._result("tools/call", {"name": tool, "arguments": dict(arguments)}, timeout_seconds)
        value = result.get("structuredContent")
        if value is None:
            blocks = result.get("content")
            parts = [_shown(block) for block in blocks] if isinstance(blocks, list) else []
            value = "\n".join(parts)
        if result.get("isError"):
            raise StepError("tool_failed", f"The tool '{tool}' of '{self.server}' failed.", details={"answer": value})
        return value

    def _result(self, method: str, params: Mapping[str, Any], timeout_seconds: float) -> Mapping[str, Any]:
        self._asked += 1
        message = {"jsonrpc": "2.0", "id": self._asked, "method": method, "params": dict(params)}
        answer = self.peer.ask(message, timeout_seconds)
        error, result = answer.get("error"), answer.get("result")
        if isinstance(error, Mapping):
            said = {"code": error.get("code"), "message": str(error.get("message"))[:1_000]}
            raise StepError("mcp_error", f"The MCP server '{self.server}' refused {method}.", details=said)
        if not isinstance(result, Mapping):
            raise StepError("mcp_failed", f"The MCP server '{self.server}' answered {method} with no result.")
        return result


def _is_tool(entry: Any) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("name"), str)


def _shown(block: Any) -> str:
    if not isinstance(block, Mapping):
        return ""
    return str(block["text"]) if block.get("type") == "text" and "text" in block else f"[{block.get('type')}]"
