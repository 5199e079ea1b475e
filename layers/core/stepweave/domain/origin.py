"""Where a run comes from: the ids by which what asked for it is found in the logs of others.

https://www.w3.org/TR/trace-context/ for `traceparent`; AWS X-Ray Developer Guide, "Tracing header", for AWS's own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

TRACEPARENT = "traceparent"
CORRELATION_ID = "X-Correlation-ID"
_W3C = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_XRAY_ROOT = re.compile(r"(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)")
_SAMPLED = "01"


@dataclass(frozen=True)
class Trace:
    """`id`: 32 hexadecimal digits; `flags`: two, `01` when it is sampled."""

    id: str
    flags: str = _SAMPLED


@dataclass(frozen=True)
class Origin:
    """`request_id`: the request that started the run; empty where none did. The others are as its client sent them."""

    request_id: str = ""
    correlation_id: str = ""
    trace: Trace | None = None


NO_ORIGIN = Origin()
"""Of what no request asked for."""


def read_trace(traceparent: str | None, xray: str | None) -> Trace | None:
    """The trace that a request belongs to, by W3C's header, else by X-Ray's; None where neither is well-formed."""
    return _of_w3c(traceparent or "") or _of_xray(xray or "")


def _of_w3c(text: str) -> Trace | None:
    found = _W3C.fullmatch(text.strip())
    if found is None or found["version"] == "ff" or (found["version"] == "00" and found["more"]):
        return None
    if not int(found["trace"], 16) or not int(found["span"], 16):
        return None
    return Trace(found["trace"], found["flags"])


def _of_xray(text: str) -> Trace | None:
    found = _XRAY_ROOT.search(text)
    return Trace(found[1] + found[2], "00" if "Sampled=0" in text else _SAMPLED) if found else None


def trace_of(origin: Origin, run_id: str) -> Trace:
    """One that was not sent is made from the id of the run: the same whoever asks, so that it need not be kept."""
    return origin.trace or Trace(sha256(run_id.encode()).hexdigest()[:32])


def headers_for(origin: Origin, run_id: str, span: str) -> Mapping[str, str]:
    """What a request carries that is sent for a run; `span`: what is sending it, any text.

    -> `{"traceparent": "00-<trace>-<16 digits of the span>-01", "X-Correlation-ID": "order-17"}`
    """
    trace, span_id = trace_of(origin, run_id), sha256(span.encode()).hexdigest()[:16]
    return {TRACEPARENT: f"00-{trace.id}-{span_id}-{trace.flags}", CORRELATION_ID: origin.correlation_id or run_id}
