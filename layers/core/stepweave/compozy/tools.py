"""Tools as steps: a tool with a URL is an http_request step, called with what the task gives it."""

import re
from collections.abc import Mapping
from typing import Any

from stepweave.compozy.form import read_form
from stepweave.compozy.refusal import Refusal, Refusals
from stepweave.compozy.task_tree import Placed
from stepweave.domain.credential import places_hidden, places_of_credentials
from stepweave.domain.tool_form import ToolForm

Json = Mapping[str, Any]
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BODIES = frozenset({"json", "body", "form", "multipart"})
_WHOLE_INPUT = re.compile(r"\s*\{\{-?\s*\.?(?:input|with)\s*-?\}\}\s*")
_FIELD = re.compile(r"[A-Za-z_][\w-]*")
_OWN_NAMES = re.compile(r"\{\{(-?\s*)(?=(?:input|env|secrets)\b)")


def check_tool(tool: Any, at: str, refusals: Refusals) -> None:
    """Its form; and that it holds no credential: its request becomes a part of the definition, which everybody may
    read. A request with something hidden would be sent with the stars."""
    read_form(ToolForm, tool, at, refusals.problems)
    named = "Name it: '{{ secrets.NAME }}'."
    credentials = places_of_credentials(tool, at)
    for place in credentials:
        refusals.add(place, "A credential cannot be written into a workflow, which everybody may read", named)
    for place in set(places_hidden(tool, at)).difference(credentials):
        refusals.add(place, "A value that is hidden cannot be taken over", "Send it, or name it: '{{ secrets.NAME }}'.")


def tool_of(task: Placed, known: Mapping[str, Json]) -> Json:
    """The tool that a task names or holds, over one of the same id that is known; `Refusal` when there is none."""
    named = task.raw.get("tool")
    own: Json = {"id": named} if isinstance(named, str) else dict(named or {})
    tool_id = own.get("id")
    if set(own) <= {"id", "resource"}:
        if tool_id not in known:
            raise Refusal(f"there is no tool '{str(tool_id)[:100]}'", "Put it under 'tools', or PUT it first.")
        return known[str(tool_id)]
    return own


def request_of(tool: Json, given: Json) -> dict[str, Any]:
    """The config of the request, still with templates; `Refusal` for a tool that is no request. given: its arguments.

    A tool that says of no argument where it goes sends them all, in the query or as JSON: as an agent's tool does.
    """
    config = tool.get("config")
    if not isinstance(config, Mapping) or "url" not in config:
        reason = "a tool without a config.url is code, or a workflow, which no step calls"
        raise Refusal(reason, "Give it a config with url and method, or let an agent have it.")
    method = str(config.get("method") or "GET").upper()
    request = {**config, "method": method}
    if isinstance(request.get("query"), str):
        request["query"] = _spread(request["query"], given)
    if method in _SAFE:
        goes = "query" in config or "input" in str(config["url"])
        return request if goes else {**request, "query": _all_of(given)}
    return request if config.keys() & _BODIES else {**request, "json": "{{ .input }}"}


def _spread(query: str, given: Json) -> dict[str, str]:
    if not _WHOLE_INPUT.fullmatch(query):
        raise Refusal(
            "the tool's config.query is a text", 'Write it as an object, for example {"page": "{{ .input.page }}"}.'
        )
    return _all_of(given)


def _all_of(given: Json) -> dict[str, str]:
    return {name: _reading(name) for name in given}


def _reading(name: str) -> str:
    if not _FIELD.fullmatch(name):
        raise Refusal(
            f"what is given as '{name[:40]}' cannot go into the query", "Name it with letters, digits and '_'."
        )
    return f"{{{{ .input.{name} }}}}"


def dotted(value: Any) -> Any:
    """Tools may be written with expressions of ours: -> `{{ .input.city }}` of `{{ input.city }}`."""
    match value:
        case str():
            return _OWN_NAMES.sub(r"{{\1.", value)
        case Mapping():
            return {name: dotted(each) for name, each in value.items()}
        case list():
            return [dotted(each) for each in value]
    return value
