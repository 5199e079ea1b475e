"""The address of a request, read more strictly than browsers do: what two parsers could read differently is refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

from stepweave.errors import StepError

_PORTS = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_IN_BRACKETS = re.compile(r"\[[^\[\]]+\](:[0-9]+)?")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
MAX_LENGTH = 16_384


@dataclass(frozen=True)
class Url:
    """`host` is lower case ASCII without brackets or a final dot; `target` is the path with its query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What the Host header carries (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port, which hold no secret and may be shown."""
        return f"{self.scheme}://{self.authority}"

    @property
    def literal(self) -> IPv4Address | IPv6Address | None:
        """The address, where the host is one and not a name."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"


class InvalidUrl(ValueError):
    """What is wrong with a URL, without the URL, which may hold a secret."""


def parse_url(text: str, *, require_tls: bool = False) -> Url:
    """A URL that may be requested; `StepError` `invalid_url` says what is wrong with any other."""
    try:
        return _parsed(text, require_tls=require_tls)
    except InvalidUrl as error:
        raise _invalid(error) from error


def bad_url(text: str) -> str:
    """Why a URL can never be requested; empty when it can."""
    try:
        _parsed(text, require_tls=False)
    except InvalidUrl as error:
        return str(error)
    return ""


def _parsed(text: str, *, require_tls: bool) -> Url:
    if len(text) > MAX_LENGTH:
        raise InvalidUrl(f"it is longer than {MAX_LENGTH} characters")
    if _FORBIDDEN.search(text):
        raise InvalidUrl(
            "it holds a space, a control character, a backslash or half a surrogate pair; percent-encode it"
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InvalidUrl("its host or port cannot be read") from error
    _check_scheme(parts, require_tls=require_tls)
    if "@" in parts.netloc:
        raise InvalidUrl("it carries a user name or password; put credentials into `auth`")
    if port == 0 or parts.netloc.endswith(":"):
        raise InvalidUrl("its port is not between 1 and 65535")
    return Url(parts.scheme, _host(parts), port or _PORTS[parts.scheme], _target(parts))


def with_query(text: str, query: Mapping[str, str | Sequence[str]]) -> str:
    """A URL with parameters added to those it has; a sequence repeats its name."""
    if not query:
        return text
    address, hash_, fragment = text.partition("#")
    joint = "?" if "?" not in address else "" if address.endswith(("?", "&")) else "&"
    return f"{address}{joint}{urlencode(query, doseq=True)}{hash_}{fragment}"


def joined(base: Url, location: str, *, require_tls: bool = False) -> Url:
    """Where a redirect leads. `location`: the header's text, absolute or relative (RFC 9110, 10.2.2)."""
    if _FORBIDDEN.search(location):
        raise _invalid("a redirect's Location holds a space, a control character or a backslash")
    try:
        text = urljoin(str(base), location)
    except ValueError as error:
        raise _invalid("a redirect's Location cannot be read") from error
    return parse_url(text, require_tls=require_tls)


def _check_scheme(parts: SplitResult, *, require_tls: bool) -> None:
    if parts.scheme not in _PORTS:
        raise InvalidUrl(f"its scheme is {parts.scheme[:20]!r}; only http and https are requested")
    if require_tls and parts.scheme != "https":
        raise InvalidUrl("this installation forbids plain http (HTTP_REQUIRE_TLS); use https")


def _host(parts: SplitResult) -> str:
    text = parts.hostname or ""
    if parts.netloc.startswith("["):
        return _ipv6(text if _IN_BRACKETS.fullmatch(parts.netloc) else "")
    try:
        host = text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise InvalidUrl("its host name is not a valid international name") from error
    return _name_or_ipv4(host.lower().removesuffix("."))


def _ipv6(text: str) -> str:
    """Scoped addresses (`fe80::1%eth0`) are refused with whatever else is no plain IPv6 address."""
    try:
        if "%" in text:
            raise ValueError(text)
        return str(IPv6Address(text))
    except ValueError as error:
        raise InvalidUrl("its host in brackets is not an IPv6 address") from error


def _name_or_ipv4(host: str) -> str:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidUrl("its host is not a valid name")
    if _NUMERIC.fullmatch(labels[-1]):
        # Resolvers read 127.1, 2130706433, 0x7f000001 and 0177.0.0.1 as IPv4 (inet_aton); only four plain numbers pass.
        try:
            return str(IPv4Address(host))
        except ValueError as error:
            raise InvalidUrl("its host looks like an address but is not four decimal numbers") from error
    return host


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=_PATH_SAFE)
    return f"{path}?{quote(parts.query, safe=_PATH_SAFE + '?')}" if parts.query else path


def _invalid(reason: str | InvalidUrl) -> StepError:
    return StepError("invalid_url", f"The URL cannot be requested: {reason}.")
