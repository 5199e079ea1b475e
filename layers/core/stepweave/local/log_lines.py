"""Lines of the log that are about one run, as they were written and as people read them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stepweave.services.moments import text_of

_WRITTEN = "%Y-%m-%d %H:%M:%S,%f%z"
"""How Powertools' Logger writes a moment."""
_OF_A_LAPTOP = ("", "stepweave", "service_undefined")
"""Where all functions are one process."""
_SHOWN_FIRST = ("level", "message", "timestamp", "service", "exception")
_NOT_SHOWN = frozenset(
    {*_SHOWN_FIRST, "location", "run_id", "stack", "_aws", "exception_name", "stack_trace", "taskName", "xray_trace_id"}
)


@dataclass(frozen=True)
class LogLine:
    """`entry`: what was written."""

    at: datetime
    entry: Mapping[str, Any]


def lines_about(run_id: str, lines: Iterable[str], since: datetime | None) -> Iterator[LogLine]:
    """Those of a log that name the run, in its order."""
    for text in lines:
        if run_id not in text:
            continue
        line = read_line(text)
        if line is not None and line.entry.get("run_id") == run_id and (since is None or line.at >= since):
            yield line


def read_line(text: str, at: datetime | None = None) -> LogLine | None:
    """`at`: when it was written, if that is known otherwise; None of a line that is none of ours."""
    try:
        entry = json.loads(text)
        written = at or datetime.strptime(entry["timestamp"], _WRITTEN).astimezone(UTC)
    except (ValueError, KeyError, TypeError):
        return None
    return LogLine(written, entry) if isinstance(entry, dict) else None


def shown(line: LogLine) -> str:
    """-> `2026-11-02T08:30:00.000Z INFO  run_step step_settled step=fetch status=completed`"""
    entry = line.entry
    service = str(entry.get("service", ""))
    named = "" if service in _OF_A_LAPTOP else f"{service} "
    told = [f"{name}={_text(value)}" for name, value in entry.items() if name not in _NOT_SHOWN | _metrics(entry)]
    first = f"{text_of(line.at)} {entry.get('level', ''):7} {named}{entry.get('message', '')}"
    return "\n".join([" ".join([first, *told]), *_exception(entry)])


def _metrics(entry: Mapping[str, Any]) -> set[str]:
    """Names under which a line is measured: what they count is told by the other members."""
    directives = entry.get("_aws", {}).get("CloudWatchMetrics", [])
    return {metric["Name"] for directive in directives for metric in directive["Metrics"]}


def _exception(entry: Mapping[str, Any]) -> Iterator[str]:
    for line in str(entry.get("exception") or "").splitlines():
        yield f"    {line}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
