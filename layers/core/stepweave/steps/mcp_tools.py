"""Tools that MCP servers offer."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from stepweave.domain.credential import is_secret_name
from stepweave.errors import StepError
from stepweave.services.ports import StepContext
from stepweave.services.ports.models import ToolForm
from stepweave.steps.address import named_hosts
from stepweave.steps.config import invalid_config
from stepweave.steps.mcp_http import HttpPeer
from stepweave.steps.mcp_session import McpSession, Peer
from stepweave.steps.patience import seconds_of
from stepweave.steps.sender import correlated
from stepweave.steps.toolbox import Tool, name_of, schema_of
from stepweave.steps.transport import Transport

OPEN_SECONDS = 30.0
Processes = Callable[[str, Sequence[str], Mapping[str, str]], Peer]
"""Starts a server as a process: its name, command and environment."""


@dataclass(frozen=True)
class McpTool:
    form: ToolForm
    name: str
    session: McpSession
    checked: bool = False
    is_safe: bool = False

    def call(self, arguments: Mapping[str, Any], _nth: str, timeout_seconds: float) -> Any:
        return self.session.call(self.name, arguments, timeout_seconds)


def mcp_tools(
    declared: Mapping[str, Any],
    scope: Mapping[str, Any],
    hosts: tuple[tuple[str, ...], ...],
    context: StepContext,
    transport: Transport,
    processes: Processes | None,
    stack: ExitStack,
    left: Callable[[], float],
) -> Sequence[Tool]:
    """Those of one server, with which a session is open until the stack is closed."""
    filled = context.fill(declared, scope)
    server: Mapping[str, Any] = filled.value
    for name, value in {**(server.get("headers") or {}), **(server.get("env") or {})}.items():
        if is_secret_name(name):
            context.conceal(str(value))
    headers = correlated(context, server.get("headers") or {})
    peer = _peer({**server, "headers": headers}, (*hosts, *filled.hosts), transport, processes)
    stack.callback(peer.close)
    session = McpSession(str(server["id"]), peer)
    session.open(min(OPEN_SECONDS, seconds_of(left)))
    return [_tool(each, session) for each in session.tools(min(OPEN_SECONDS, seconds_of(left)))]


def _tool(offered: Mapping[str, Any], session: McpSession) -> McpTool:
    description = str(offered.get("description") or offered["name"])[:4_000]
    form = ToolForm(name_of(session.server, offered["name"]), description, schema_of(offered.get("inputSchema")))
    hints = offered.get("annotations")
    is_safe = isinstance(hints, Mapping) and hints.get("readOnlyHint") is True
    return McpTool(form, offered["name"], session, is_safe=is_safe)


def _peer(
    server: Mapping[str, Any], hosts: tuple[tuple[str, ...], ...], transport: Transport, processes: Processes | None
) -> Peer:
    name = str(server["id"])
    match server.get("transport") or ("stdio" if server.get("command") else "streamable-http"):
        case "streamable-http":
            if not server.get("url"):
                raise invalid_config(f"/mcps/{name}/url", "the agent's MCP server needs a url")
            bound = tuple(named_hosts(each) for each in hosts)
            return HttpPeer(name, str(server["url"]), dict(server.get("headers") or {}), bound, transport)
        case "stdio":
            return _process(server, name, hosts, processes)
        case other:
            message = f"The MCP server '{name}' speaks '{other}', which MCP has replaced; give its streamable-http url."
            raise StepError("mcp_not_available", message)


def _process(
    server: Mapping[str, Any], name: str, hosts: tuple[tuple[str, ...], ...], processes: Processes | None
) -> Peer:
    if processes is None:
        message = f"The MCP server '{name}' is a process (stdio), which is started on a laptop only; give a url."
        raise StepError("mcp_not_available", message)
    if hosts:
        message = f"The MCP server '{name}' is a process, which could send a host-bound secret anywhere."
        raise StepError("secret_not_allowed", message)
    command = [str(server.get("command") or ""), *map(str, server.get("args") or ())]
    return processes(name, command, dict(server.get("env") or {}))
