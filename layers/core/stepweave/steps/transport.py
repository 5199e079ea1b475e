"""The one way out: HTTP requests that can reach nothing but what they may.

The host is resolved here, every address of the answer is judged, and the connection goes to the judged address while
Host, SNI and certificate keep the name: a name that changes between check and connect changes nothing. Redirects are
followed by hand and judged anew. Size and time are bounded over the whole exchange. Proxies of the environment are not
used.
"""

import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPException
from typing import Any, Protocol, cast

from urllib3.connection import HTTPConnection
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse

from stepweave.domain.url import Url, parse_url
from stepweave.errors import StepError, StepStopped
from stepweave.steps.address import Address, AllowedHosts, refusal
from stepweave.steps.deadline import CutOff
from stepweave.steps.header import check_headers
from stepweave.steps.http_answer import BoundedAnswer
from stepweave.steps.redirect import Hop, next_hop
from stepweave.steps.resolver import Resolve, resolve_host

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 5
CONNECT_SECONDS = 10.0
_CHUNK = 65_536


@dataclass(frozen=True)
class Request:
    """`url` is judged by the transport, `headers` by whoever builds them.

    bound_to: every one of these must name a host for it to be requested, redirects included.
    follow: whether redirects are followed.
    connect_seconds: for one address; a name with several gets that much for each, within the time of the whole.
    read_seconds: the longest silence of the other side; None: the time of the whole.
    stopped: whether the answer is not wanted any more; None: it is to the end.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    bound_to: Sequence[AllowedHosts] = ()
    follow: bool = True
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float | None = None
    stopped: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Response:
    """`headers` have lower case names; `body` is without its content coding; `origin` is where it came from."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    origin: str


class Transport(Protocol):
    """Sends a request. Fails with `invalid_url, address_not_allowed, secret_not_allowed, connection_failed, tls_failed,
    timeout, invalid_response, response_too_large, too_many_redirects`, and as `StepStopped` when it was `stopped`;
    `details.request_sent` tells whether the other side may have got the request."""

    def send(self, request: Request, timeout_seconds: float) -> Response: ...


@dataclass(frozen=True)
class GuardedTransport:
    """The real transport. `resolve` and `tls_context` are for tests to replace; `monotonic` is in seconds."""

    allowed_hosts: AllowedHosts = field(default_factory=AllowedHosts)
    require_tls: bool = False
    max_body_bytes: int = MAX_BODY_BYTES
    resolve: Resolve = resolve_host
    tls_context: Callable[[], ssl.SSLContext] = ssl.create_default_context
    monotonic: Callable[[], float] = time.monotonic

    def send(self, request: Request, timeout_seconds: float) -> Response:
        """One request with its redirects, within `timeout_seconds` in all."""
        deadline = self.monotonic() + timeout_seconds
        answered = False
        try:
            check_headers(request.headers)
            url = parse_url(request.url, require_tls=self.require_tls)
            hop = Hop(request.method, url, request.headers, request.body)
            for _ in range(1 + MAX_REDIRECTS):
                response = self._exchange(hop, request, deadline)
                answered = True
                if not request.follow:
                    return response
                following = next_hop(hop, response.status, response.headers, require_tls=self.require_tls)
                if following is None:
                    return response
                hop = following
            raise StepError("too_many_redirects", f"{url.origin} led to more than {MAX_REDIRECTS} redirects.")
        except StepError as error:
            error.details["request_sent"] = answered or error.details.get("request_sent", False)
            raise

    def _exchange(self, hop: Hop, request: Request, deadline: float) -> Response:
        _check_binding(request, hop.url)
        addresses = self._judged(hop.url, deadline)
        connected = self._connected(hop.url, addresses, request.connect_seconds, deadline)
        sent = False
        with connected, CutOff(connected, self._left(hop.url, deadline), request.stopped) as cut:
            try:
                with self._secured(connected, hop.url) as sock:
                    sent = True
                    response = self._answer(sock, hop, request.read_seconds)
            except StepError as error:
                error.details["request_sent"] = sent
                raise
            except (OSError, HTTPException, HTTPError) as error:
                if cut.stopped:
                    raise _stopped(hop.url, sent=sent) from error
                raise _named(error, hop.url, expired=cut.expired, sent=sent) from error
            if cut.expired:  # a body that ends with its connection seems whole
                raise _timed_out(hop.url, sent=True)
            if cut.stopped:
                raise _stopped(hop.url, sent=True)
        return response

    def _judged(self, url: Url, deadline: float) -> Sequence[Address]:
        literal = url.literal
        addresses = [literal] if literal else self.resolve(url.host, url.port, self._left(url, deadline))
        admitted = self.allowed_hosts.admits(url.host, url.port)
        for address in addresses:
            reason = refusal(address, admitted=admitted)
            if reason is not None:
                raise StepError(
                    "address_not_allowed",
                    f"{url.origin} may not be requested: its address {reason}. For a private host, ask the operator to "
                    "name it in HTTP_ALLOWED_HOSTS.",
                )
        return addresses

    def _connected(self, url: Url, addresses: Sequence[Address], longest: float, deadline: float) -> socket.socket:
        failure: OSError | None = None
        for address in addresses:
            seconds = min(longest, self._left(url, deadline))
            try:
                return socket.create_connection((str(address), url.port), timeout=seconds)
            except OSError as error:
                failure = error
        self._left(url, deadline)
        raise StepError(
            "connection_failed", f"{url.origin} could not be reached: {_reason(failure)}.", kind="connection"
        ) from failure

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self.tls_context()

    def _secured(self, connected: socket.socket, url: Url) -> socket.socket:
        return connected if url.scheme == "http" else self._tls.wrap_socket(connected, server_hostname=url.host)

    def _answer(self, sock: socket.socket, hop: Hop, read_seconds: float | None) -> Response:
        # None: from here on the deadline alone rules.
        connection = HTTPConnection(hop.url.host, hop.url.port, timeout=read_seconds)
        connection.auto_open = 0  # else a lost connection would be opened anew, to an address that nobody judged
        connection.sock = sock
        headers = {**hop.headers, "Host": hop.url.authority, "Connection": "close"}
        with ExitStack() as opened:

            def answer(*arguments: Any, **named: Any) -> BoundedAnswer:
                return opened.enter_context(closing(BoundedAnswer(*arguments, **named)))

            # urllib3 forgets to close an answer whose headers it refuses.
            cast("Any", connection).response_class = answer
            # A server may answer and close before it has read all; its answer, if any, tells why.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(hop.method, hop.url.target, body=hop.body, headers=headers, preload_content=False)
            response = opened.enter_context(closing(connection.getresponse()))
            names = {name.lower(): text for name, text in response.headers.items()}
            return Response(response.status, names, self._body(response, hop.url), hop.url.origin)

    def _body(self, response: BaseHTTPResponse, url: Url) -> bytes:
        body = bytearray()
        while chunk := response.read(_CHUNK):
            body += chunk
            if len(body) > self.max_body_bytes:
                raise StepError(
                    "response_too_large",
                    f"The answer of {url.origin} is over {self.max_body_bytes} bytes, counted after decompression.",
                )
        return bytes(body)

    def _left(self, url: Url, deadline: float) -> float:
        left = deadline - self.monotonic()
        if left <= 0:
            raise _timed_out(url, sent=False)
        return left


def _check_binding(request: Request, url: Url) -> None:
    if not all(hosts.admits(url.host, url.port) for hosts in request.bound_to):
        raise StepError(
            "secret_not_allowed",
            f"{url.origin} may not be requested by a step with this secret: it is bound to other hosts. The operator "
            "decides with the secret's binding.",
        )


def _named(error: Exception, url: Url, *, expired: bool, sent: bool) -> StepError:
    """One of our errors for what went wrong with a connection."""
    if expired or isinstance(error, TimeoutError | ReadTimeoutError):
        return _timed_out(url, sent=sent)
    kind, code = "connection", "connection_failed"
    match error:
        case ssl.SSLCertVerificationError():
            kind, code, text = (
                "permanent",
                "tls_failed",
                f"{url.origin} showed a bad certificate: {error.verify_message}",
            )
        case ssl.SSLError():
            code, text = "tls_failed", f"{url.origin} and this client did not agree on TLS: {_reason(error)}"
        case OSError():
            text = f"The connection to {url.origin} was lost: {_reason(error)}"
        case DecodeError() | HTTPException():
            code, text = "invalid_response", f"What {url.origin} answered is not proper HTTP ({type(error).__name__})"
        case _:
            text = f"The connection to {url.origin} ended before the answer was complete"
    return StepError(code, f"{text}.", kind=kind, details={"request_sent": sent})


def _stopped(url: Url, *, sent: bool) -> StepError:
    error = StepStopped(f"the answer of {url.origin} was not waited for")
    error.details["request_sent"] = sent
    return error


def _timed_out(url: Url, *, sent: bool) -> StepError:
    return StepError(
        "timeout",
        f"{url.origin} did not answer in full in the time of this attempt.",
        kind="timeout",
        details={"request_sent": sent},
    )


def _reason(error: OSError | None) -> str:
    """The system's words, without the addresses that an exception's text may hold."""
    return (error.strerror or type(error).__name__) if error else "it has no address"
