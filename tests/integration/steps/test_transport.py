"""The guarded transport against real sockets on 127.0.0.1."""

import gzip
import socket
import ssl
import subprocess
import time
import zlib
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from stepweave.errors import StepError, StepStopped
from stepweave.steps.address import Address, AllowedHosts
from stepweave.steps.transport import GuardedTransport, Request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"
INSIDE = (
    "http://127.0.0.1/",
    "http://127.1.2.3:8080/",
    "http://localhost/",
    "http://localhost./",
    "http://[::1]/",
    "http://[::]/",
    "http://0.0.0.0/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://169.254.169.254/latest/meta-data/",
    "http://192.0.0.192/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://example.com@127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
)


def resolver(*answers: str) -> Callable[[str, int, float], Sequence[Address]]:
    """Answers every name with these addresses."""
    return lambda *_: [ip_address(answer) for answer in answers]


def failure(transport: GuardedTransport, url: str, seconds: float = 5.0, **request: Any) -> StepError:
    with pytest.raises(StepError) as caught:
        transport.send(Request("GET", url, **request), seconds)
    return caught.value


def redirect_to(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def test_an_answer_comes_back_with_lower_case_headers(serve: Any) -> None:
    server = serve(OK)
    answer = GuardedTransport(server.allowed).send(Request("GET", f"{server.url}/a?b=c", {"X-One": "1"}), 5)
    assert (answer.status, answer.body, answer.origin) == (200, b"ok", server.url)
    assert answer.headers["content-type"] == "text/plain"
    head = server.requests[0]
    assert head.startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n".encode() in head
    assert b"X-One: 1\r\n" in head


def test_proxies_of_the_environment_are_not_used(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server, proxy = serve(OK), serve(OK)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    assert GuardedTransport(server.allowed).send(Request("GET", server.url), 5).body == b"ok"
    assert proxy.requests == []


@pytest.mark.parametrize("url", INSIDE)
def test_nothing_inside_is_reached_by_its_address(url: str) -> None:
    error = failure(GuardedTransport(resolve=resolver("127.0.0.1")), url)
    assert error.code in ("address_not_allowed", "invalid_url")
    assert error.kind == "permanent"
    assert error.details["request_sent"] is False


@pytest.mark.parametrize(
    "location", [*INSIDE, "//169.254.169.254/", "http://[", "/\\127.0.0.1", "http://a.example\t.b/"]
)
def test_nothing_inside_is_reached_by_a_redirect(serve: Any, location: str) -> None:
    server = serve(redirect_to(location))
    error = failure(GuardedTransport(server.allowed, resolve=resolver("127.0.0.1")), server.url)
    assert error.code in ("address_not_allowed", "invalid_url")
    assert error.details["request_sent"] is True
    assert len(server.requests) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "64:ff9b::a00:1"])
def test_nothing_inside_is_reached_by_a_name(address: str) -> None:
    error = failure(GuardedTransport(resolve=resolver(address)), "http://public.example/")
    assert error.code == "address_not_allowed"


def test_one_address_inside_among_public_ones_is_enough_to_refuse() -> None:
    error = failure(GuardedTransport(resolve=resolver("8.8.8.8", "127.0.0.1")), "http://public.example/")
    assert error.code == "address_not_allowed"


def test_a_name_is_resolved_once_so_that_it_cannot_change_between_check_and_connect(serve: Any) -> None:
    server = serve(OK)
    asked: list[str] = []

    def rebinding(host: str, *_: float) -> Sequence[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "169.254.169.254")]

    allowed = AllowedHosts(frozenset({("name.example", server.port)}))
    answer = GuardedTransport(allowed, resolve=rebinding).send(Request("GET", f"http://name.example:{server.port}/"), 5)
    assert answer.body == b"ok"
    assert asked == ["name.example"]
    assert f"Host: name.example:{server.port}".encode() in server.requests[0]


def test_a_name_is_judged_anew_at_each_redirect(serve: Any) -> None:
    server = serve(redirect_to("/again"))
    answers = iter(["127.0.0.1", "169.254.169.254"])
    allowed = AllowedHosts(frozenset({("name.example", None)}))
    transport = GuardedTransport(allowed, resolve=lambda *_: [ip_address(next(answers))])
    error = failure(transport, f"http://name.example:{server.port}/")
    assert error.code == "address_not_allowed"
    assert len(server.requests) == 1


def test_an_admitted_host_does_not_admit_another_port(serve: Any) -> None:
    server, other = serve(OK), serve(OK)
    assert failure(GuardedTransport(server.allowed), other.url).code == "address_not_allowed"
    assert other.requests == []


def test_the_next_address_is_tried_when_one_does_not_answer(serve: Any) -> None:
    server = serve(OK)
    allowed = AllowedHosts(frozenset({("name.example", server.port)}))
    transport = GuardedTransport(allowed, resolve=resolver("127.0.0.77", "127.0.0.1"))
    assert transport.send(Request("GET", f"http://name.example:{server.port}/"), 5).body == b"ok"


def test_nobody_listening_is_a_connection_failure_with_nothing_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    error = failure(GuardedTransport(AllowedHosts(frozenset({("127.0.0.1", None)}))), f"http://127.0.0.1:{port}/")
    assert (error.code, error.kind, error.details["request_sent"]) == ("connection_failed", "connection", False)


def test_a_name_that_does_not_resolve_is_a_connection_failure() -> None:
    error = failure(GuardedTransport(), "http://nowhere.invalid/")
    assert (error.code, error.kind, error.details["request_sent"]) == ("connection_failed", "connection", False)


def test_redirects_are_followed_up_to_a_limit(serve: Any) -> None:
    server = serve(redirect_to("/again"))
    error = failure(GuardedTransport(server.allowed), server.url)
    assert (error.code, len(server.requests)) == ("too_many_redirects", 6)


def test_a_redirect_to_another_origin_carries_no_credentials(serve: Any) -> None:
    target = serve(OK)
    server = serve(redirect_to(f"http://127.0.0.1:{target.port}/"))
    allowed = AllowedHosts(frozenset({("127.0.0.1", None)}))
    headers = {"Authorization": "Bearer s3cret", "Cookie": "s3cret", "X-Api-Key": "s3cret", "Accept": "*/*"}
    assert GuardedTransport(allowed).send(Request("GET", server.url, headers), 5).body == b"ok"
    assert b"s3cret" in server.requests[0]
    assert b"s3cret" not in target.requests[0]


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\x00"])
def test_a_header_cannot_smuggle_a_line(serve: Any, value: str) -> None:
    server = serve(OK)
    assert failure(GuardedTransport(server.allowed), server.url, headers={"X": value}).code == "invalid_header"
    assert server.requests == []


def drip(first: bytes, piece: bytes, pause: float = 0.02) -> Callable[[socket.socket, Event], None]:
    """Writes a piece again and again, each soon enough for a socket's own time-out, and never ends."""

    def write(connection: socket.socket, ended: Event) -> None:
        connection.sendall(first)
        while not ended.wait(pause):
            connection.sendall(piece)

    return write


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(drip(b"", b""), id="nothing at all"),
        pytest.param(drip(b"", b"H"), id="status line"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX: ", b"y"), id="header"),
        pytest.param(drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="endless 100 Continue"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"y"), id="body of known length"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n", b"y"), id="body until close"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\ny\r\n"), id="chunks"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"), id="chunk size"),
    ],
)
def test_a_slow_drip_is_cut_at_the_deadline(serve: Any, answer: Any) -> None:
    server = serve(answer)
    before = time.monotonic()
    error = failure(GuardedTransport(server.allowed), server.url, seconds=0.3)
    assert (error.code, error.kind, error.details["request_sent"]) == ("timeout", "timeout", True)
    assert time.monotonic() - before < 3


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(drip(b"", b""), id="nothing at all"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n", b"y"), id="body until close"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"y"), id="body of known length"),
    ],
)
def test_an_answer_that_is_not_wanted_any_more_is_not_waited_for(serve: Any, answer: Any) -> None:
    server = serve(answer)
    error = failure(GuardedTransport(server.allowed), server.url, 60, stopped=lambda: bool(server.requests))
    assert isinstance(error, StepStopped)
    assert (error.code, error.kind, error.details) == ("cancelled", "final", {"request_sent": True})


def test_a_tls_handshake_that_never_comes_is_cut_at_the_deadline(serve: Any) -> None:
    server = serve(drip(b"", b""))
    error = failure(GuardedTransport(server.allowed), f"https://127.0.0.1:{server.port}/", seconds=0.3)
    assert (error.code, error.details["request_sent"]) == ("timeout", False)


def test_the_deadline_counts_over_all_redirects(serve: Any) -> None:
    def slowly(connection: socket.socket, ended: Event) -> None:
        ended.wait(0.15)
        connection.sendall(redirect_to("/again"))

    server = serve(slowly)
    assert failure(GuardedTransport(server.allowed), server.url, seconds=0.4).code == "timeout"
    assert len(server.requests) < 5


def test_an_upload_that_is_not_read_is_cut_at_the_deadline(serve: Any) -> None:
    server = serve(lambda _, ended: ended.wait(10))
    transport = GuardedTransport(server.allowed)
    with pytest.raises(StepError) as caught:
        transport.send(Request("POST", server.url, {}, b"x" * 50_000_000), 0.3)
    assert caught.value.code == "timeout"


def test_an_answer_given_before_the_upload_was_read_is_heard(serve: Any) -> None:
    def refuse(connection: socket.socket, _: Event) -> None:
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1_000_000):
            continue

    server = serve(refuse)
    answer = GuardedTransport(server.allowed).send(Request("POST", server.url, {}, b"x" * 5_000_000), 5)
    assert answer.status == 413


LIMIT = 100_000
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


ZEROS = b"\0" * 50_000_000


def coded(coding: str, body: bytes) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(coded("identity", b"x" * (LIMIT + 1)), id="one byte over"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536, 0.0), id="endless body"),
        pytest.param(
            drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n", 0.0),
            id="endless chunks",
        ),
        pytest.param(drip(CHUNKED + b"ffffffffffffffff\r\n", b"x" * 65_536, 0.0), id="endless chunk"),
        pytest.param(
            drip(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"x" * 65_536, 0.0), id="length below zero"
        ),
        pytest.param(coded("gzip", gzip.compress(ZEROS)), id="gzip bomb"),
        pytest.param(coded("gzip, gzip", gzip.compress(gzip.compress(ZEROS))), id="gzip bomb in gzip"),
        pytest.param(coded("deflate", zlib.compress(ZEROS)), id="deflate bomb"),
    ],
)
def test_an_answer_over_the_limit_is_cut(serve: Any, answer: Any) -> None:
    server = serve(answer)
    error = failure(GuardedTransport(server.allowed, max_body_bytes=LIMIT), server.url)
    assert (error.code, error.kind) == ("response_too_large", "permanent")


def test_a_chunk_of_negative_size_does_not_fill_the_memory(serve: Any) -> None:
    """`http.client` would read on until the connection ends."""
    server = serve(drip(CHUNKED + b"-1\r\n", b"x" * 65_536, 0.0))
    error = failure(GuardedTransport(server.allowed), server.url, seconds=60)
    assert error.code == "connection_failed"


def test_an_answer_of_just_the_limit_passes(serve: Any) -> None:
    server = serve(coded("gzip", gzip.compress(ZEROS[:LIMIT])))
    answer = GuardedTransport(server.allowed, max_body_bytes=LIMIT).send(Request("GET", server.url), 5)
    assert len(answer.body) == LIMIT


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(b"", "connection_failed", id="closed at once"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "connection_failed", id="half a body"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", "invalid_response", id="not HTTP"),
        pytest.param(b"HTTP/1.1 abc\r\n\r\n", "invalid_response", id="no status"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "invalid_response", id="long header"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "invalid_response", id="many headers"),
        pytest.param(coded("gzip", b"not gzip"), "invalid_response", id="broken gzip"),
        pytest.param(coded(", ".join(["gzip"] * 20), b"x"), "invalid_response", id="many codings"),
        pytest.param(CHUNKED + b"-1\r\n" + b"x" * 1_000, "connection_failed", id="chunk of -1 bytes"),
        pytest.param(CHUNKED + b"-5\r\n" + b"x" * 1_000, "connection_failed", id="chunk of -5 bytes"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nabcde", "connection_failed", id="two lengths"),
        pytest.param(b"HTTP/1.1 99999999999 OK\r\n\r\n", "invalid_response", id="long status"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "connection_failed", id="broken chunk"
        ),
    ],
)
def test_a_broken_answer_is_a_failure_that_may_be_retried(serve: Any, answer: bytes, code: str) -> None:
    server = serve(answer)
    error = failure(GuardedTransport(server.allowed), server.url)
    assert (error.code, error.kind, error.details["request_sent"]) == (code, "connection", True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of `good.example`, signed by itself."""
    path = tmp_path_factory.mktemp("tls") / "good.pem"
    subject = ["-subj", "/CN=good.example", "-addext", "subjectAltName=DNS:good.example"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run([*made, *subject, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
def tls_server(serve: Any, certificate: Path) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    names: list[str | None] = []
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    server = serve(OK, tls=context)
    server.names = names
    return server


def trusting(certificate: Path) -> Callable[[], ssl.SSLContext]:
    return lambda: ssl.create_default_context(cafile=str(certificate))


def test_tls_goes_to_the_judged_address_and_is_verified_by_name(tls_server: Any, certificate: Path) -> None:
    allowed = AllowedHosts(frozenset({("good.example", tls_server.port)}))
    transport = GuardedTransport(allowed, resolve=resolver("127.0.0.1"), tls_context=trusting(certificate))
    answer = transport.send(Request("GET", f"https://good.example:{tls_server.port}/"), 5)
    assert answer.body == b"ok"
    assert tls_server.names == ["good.example"]
    assert f"Host: good.example:{tls_server.port}\r\n".encode() in tls_server.requests[0]


def test_a_certificate_of_another_name_is_refused(tls_server: Any, certificate: Path) -> None:
    allowed = AllowedHosts(frozenset({("evil.example", tls_server.port)}))
    transport = GuardedTransport(allowed, resolve=resolver("127.0.0.1"), tls_context=trusting(certificate))
    error = failure(transport, f"https://evil.example:{tls_server.port}/")
    assert (error.code, error.kind, error.details["request_sent"]) == ("tls_failed", "permanent", False)
    assert tls_server.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_server: Any) -> None:
    allowed = AllowedHosts(frozenset({("good.example", tls_server.port)}))
    transport = GuardedTransport(allowed, resolve=resolver("127.0.0.1"))
    assert failure(transport, f"https://good.example:{tls_server.port}/").code == "tls_failed"


def test_a_server_that_does_not_speak_tls_is_a_tls_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(OK)
                connection.recv(1_000)

        thread = Thread(target=answer)
        thread.start()
        transport = GuardedTransport(AllowedHosts(frozenset({("127.0.0.1", port)})))
        error = failure(transport, f"https://127.0.0.1:{port}/")
        thread.join(5)
    assert (error.code, error.kind, error.details["request_sent"]) == ("tls_failed", "connection", False)
