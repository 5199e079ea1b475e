"""What follows a redirect (RFC 9110, 15.4; the method rules are those of the Fetch standard, 4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stepweave.domain.url import Url, joined

_STATUSES = frozenset({301, 302, 303, 307, 308})
_CONTENT = frozenset({"content-type", "content-encoding", "content-language", "content-location"})
_FOR_ANY_ORIGIN = frozenset({"accept", "accept-encoding", "accept-language", "user-agent"}) | _CONTENT
"""All that goes to another origin: a credential may be in a header of any name."""


@dataclass(frozen=True)
class Hop:
    """One request of a chain of redirects."""

    method: str
    url: Url
    headers: Mapping[str, str]
    body: bytes | None


def next_hop(hop: Hop, status: int, headers: Mapping[str, str], *, require_tls: bool) -> Hop | None:
    """The request that an answer asks for, None when it asks for none. `headers`: the answer's, in lower case."""
    location = headers.get("location")
    if status not in _STATUSES or location is None:
        return None
    url = joined(hop.url, _as_utf8(location), require_tls=require_tls)
    if url.origin != hop.url.origin:
        hop = replace(hop, headers=_without(hop.headers, keep=_FOR_ANY_ORIGIN))
    if _becomes_get(hop.method, status):
        kept = {name: text for name, text in hop.headers.items() if name.lower() not in _CONTENT}
        return Hop("GET", url, kept, None)
    return replace(hop, url=url)


def _becomes_get(method: str, status: int) -> bool:
    return (status == 303 and method not in ("GET", "HEAD")) or (status in (301, 302) and method == "POST")


def _without(headers: Mapping[str, str], *, keep: frozenset[str]) -> Mapping[str, str]:
    return {name: text for name, text in headers.items() if name.lower() in keep}


def _as_utf8(text: str) -> str:
    """Header bytes arrive as Latin-1; where they are UTF-8, that is what was meant."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
