"""What an attacker would try on the guarded transport, each refused or cut with a code and in its time.

`pytest -s` prints how many cases there are.
"""

import gzip
import socket
import time
import zlib
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from threading import Event
from typing import Any

import pytest

from stepweave.errors import StepError
from stepweave.steps.address import Address, AllowedHosts
from stepweave.steps.resolver import resolve_host
from stepweave.steps.transport import GuardedTransport, Request

Write = Callable[[socket.socket, Event], None]


def words(text: str) -> list[str]:
    return text.split()


LOOPBACK = words("""
127.0.0.1 127.0.0.1. 127.1 127.0.1 127.1.2.3 127.255.255.254 2130706433 2130706433. 0x7f000001 0X7F000001
0x7f.1 0x7f.0.0.1
0x7f.0x0.0x0.0x1 0177.0.0.1 0177.1 017700000001 0177.0.0.01 00000177.0.0.1 127.0.0.0x1 127.000.000.001 0
0.0.0.0 0.0 00
0x0 4294967295 4294967296 18446744073709551616 127.0.0.1.nip 127.0.0.256 1.2.3 localhost localhost. LOCALHOST
localhost.localdomain foo.localhost ip6-localhost localtest.me 127.0.0.1.nip.io %31%32%37.0.0.1 127%2e0%2e0%2e1
①②⑦.⓪.⓪.① １２７.０.０.１ １２７．０．０．１ 127。0。0。1 127｡0｡0｡1 ⑩.0.0.1 ˡocalhost ⓛocalhost ｌｏｃａｌｈｏｓｔ
[::1] [0:0:0:0:0:0:0:1] [::] [::0001] [0::1] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1]
[::ffff:0:127.0.0.1] [::127.0.0.1] [::7f00:1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::127.0.0.1]
[2002:7f00:1::] [2002:7f00:0001::1] [2001:0:7f00:1::] [2001:0:4136:e378:8000:63bf:80ff:fffe]
[2606:4700::5efe:127.0.0.1]
[2606:4700::200:5efe:7f00:1] [::1%25lo] [::1%lo] [fe80::1%25eth0] [fe80::1%eth0] [::1%] [::1%2] [v1.::1] [::1]. [::1]x
[127.0.0.1] [localhost] [0x7f000001] [] [::1 ::1] ::1 ::
""")
INSIDE = words("""
10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1.254 100.64.0.1 100.127.255.255 169.254.0.1
169.254.1.1 198.18.0.1 198.19.255.255 192.0.0.1 192.0.0.8 192.0.0.170 192.0.2.1 198.51.100.1 203.0.113.1 192.88.99.1
240.0.0.1 255.255.255.255 0.1.2.3 224.0.0.1 239.255.255.250 232.0.0.1
[fc00::1] [fd00::1] [fd12:3456:789a::1] [fe80::1] [fec0::1] [ff02::1] [ff05::2] [ff0e::1] [100::1]
[2001:db8::1] [3fff::1]
[2001:2::1] [2001:10::1] [2001:20::1] [5f00::1] [64:ff9b::10.0.0.1] [64:ff9b::192.168.0.1] [64:ff9b::100.64.0.1]
[64:ff9b:1::10.0.0.1] [64:ff9b::e000:1] [2002:a00:1::1] [2002:c0a8:1::1] [2002:ac10:1::1] [2002:6440:1::1]
[2002:e000:1::]
[2001:0:a00:1::1] [2001:0:1:2:3:4:f5ff:fffe] [::ffff:10.0.0.1] [::ffff:192.168.0.1] [::ffff:100.64.0.1]
[::ffff:224.0.0.1]
[::10.0.0.1] [::ffff:a00:1] [2606:4700::5efe:10.0.0.1] [2606:4700::200:5efe:c0a8:1]
""")
METADATA = words("""
169.254.169.254 169.254.169.254. 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 169.16689662 169.254.169.253
169.254.169.123 169.254.170.2 169.254.170.23 169.254.0.23 169.254.10.10 169.254.42.42 100.100.100.200 168.63.129.16
192.0.0.192 [fd00:ec2::254] [fd00:ec2::253] [fd00:ec2::23] [fd20:ce::254] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe]
[::169.254.169.254] [64:ff9b::169.254.169.254] [64:ff9b::a9fe:a9fe] [64:ff9b:1::a9fe:a9fe] [2002:a9fe:a9fe::1]
[2001:0:a9fe:a9fe::1] [2606:4700::5efe:169.254.169.254] [64:ff9b::168.63.129.16] [::ffff:168.63.129.16]
[::ffff:192.0.0.192] [2002:a83f:8110::1] ①⑥⑨.②⑤④.①⑥⑨.②⑤④ １６９.２５４.１６９.２５４
""")
NAMES = {
    "metadata.google.internal": "169.254.169.254",
    "metadata.goog": "fd20:ce::254",
    "metadata": "169.254.169.254",
    "instance-data": "169.254.169.254",
    "instance-data.ec2.internal": "fd00:ec2::254",
    "metadata.azure.internal": "168.63.129.16",
    "metadata.tencentyun.com": "169.254.0.23",
    "100-100-100-200.example": "100.100.100.200",
    "oracle.example": "192.0.0.192",
    "ecs.example": "169.254.170.2",
    "rebound.example": "::ffff:169.254.169.254",
    "nat64.example": "64:ff9b::a9fe:a9fe",
}
"""Names of metadata services, or names that somebody points there."""
DISGUISED = [
    "http://example.com@127.0.0.1/",
    "http://example.com:80@127.0.0.1/",
    "http://127.0.0.1@example.com/",
    "http://127.0.0.1:80@example.com/",
    "http://user:pass@169.254.169.254/",
    "http://@127.0.0.1/",
    "http://:@127.0.0.1/",
    "http://example.com%40127.0.0.1/",
    "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\.example.com/",
    "http:\\\\127.0.0.1\\",
    "http:/\\127.0.0.1/",
    "http:127.0.0.1/",
    "http:/127.0.0.1/",
    "http:///127.0.0.1/",
    "//127.0.0.1/",
    "127.0.0.1",
    "http://127.0.0.1#@example.com/",
    "http://127.0.0.1?@example.com/",
    "http://127.0.0.1/@example.com",
    "http://127.0.0.1:80:80/",
    "http://127.0.0.1:0x50/",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:-1/",
    "http://127.0.0.1:٨٠/",
    "http://127.0.0.1:80 /",
    "http://127.0.0.1 .example.com/",
    "http://127.0.0.1\t/",
    "http://127.0.0.1\n/",
    "http://127.0.0.1\u00ad/",
    "http://127.0.0.1\u200b/",
    "http://example.com\u2044@127.0.0.1/",
    "http://example.com\uff0f127.0.0.1/",
    "http://example.com\u2100@127.0.0.1/",
    "http://exa\ud800mple.com/",
    " http://127.0.0.1/",
    "http://127.0.0.1/\x00",
    "http://[::1",
    "http://::1]/",
    "http://[::1]@example.com/",
    "http://[::1]:80@example.com/",
    "http://xn--/",
    "http://./",
    "http://.../",
    "http://" + "a." * 200 + "com/",
    "http://example.com/" + "a" * 20_000,
]
SCHEMES = words("""
file:///etc/passwd file://127.0.0.1/etc/passwd ftp://127.0.0.1/ ftps://127.0.0.1/ gopher://127.0.0.1:6379/_SET
dict://127.0.0.1:11211/
ldap://127.0.0.1/ ldaps://127.0.0.1/ sftp://127.0.0.1/ tftp://127.0.0.1/ telnet://127.0.0.1/ ssh://127.0.0.1/
smb://127.0.0.1/
ws://127.0.0.1/ wss://127.0.0.1/ unix:///var/run/docker.sock http+unix://%2Fvar%2Frun%2Fdocker.sock/
jar:http://127.0.0.1!/
data:text/plain,x javascript:alert(1) blob:http://127.0.0.1/ about:blank s3://bucket/key netdoc:///etc/passwd
view-source:http://127.0.0.1/
php://filter expect://id phar://x mailto:a@b.example httpx://127.0.0.1/ http$://127.0.0.1/
h\u0000ttp://127.0.0.1/ :http://127.0.0.1/
""")
URLS = [
    *(f"http://{host}/latest/meta-data/" for host in [*LOOPBACK, *INSIDE, *METADATA]),
    *DISGUISED,
    *SCHEMES,
]
SMUGGLED_HEADERS = [
    ({"X": "a\r\nX-Injected: 1"}, "value CR LF"),
    ({"X": "a\nX-Injected: 1"}, "value LF"),
    ({"X": "a\rX-Injected: 1"}, "value CR"),
    ({"X": "a\x00b"}, "value NUL"),
    ({"X": "a\x0bb"}, "value VT"),
    ({"X": "a\x7fb"}, "value DEL"),
    ({"X": "a\r\n\r\nGET /admin HTTP/1.1"}, "a second request"),
    ({"X": "\u560d\u560aX-Injected: 1"}, "what Latin-1 would cut to CR LF"),
    ({"X": "caf\u0113"}, "outside Latin-1"),
    ({"X\r\nX-Injected": "1"}, "name CR LF"),
    ({"X: y\r\nZ": "1"}, "name with a header"),
    ({"X Y": "1"}, "name with a space"),
    ({"X:": "1"}, "name with a colon"),
    ({"": "1"}, "empty name"),
    ({"X\u00e9": "1"}, "name outside ASCII"),
    ({"X\x00": "1"}, "name NUL"),
    ({"Host": "127.0.0.1"}, "another Host"),
    ({"hOST": "127.0.0.1"}, "another host in other case"),
    ({"Content-Length": "0"}, "another length"),
    ({"Transfer-Encoding": "chunked"}, "another framing"),
    ({"Connection": "keep-alive, Authorization"}, "connection"),
    ({"Upgrade": "h2c"}, "upgrade"),
    ({"Expect": "100-continue"}, "expect"),
    ({"TE": "trailers"}, "te"),
    ({"Trailer": "X"}, "trailer"),
    ({"Keep-Alive": "timeout=1000"}, "keep-alive"),
    ({"Proxy-Authorization": "Basic x"}, "a proxy's"),
    ({"Proxy-Connection": "keep-alive"}, "another of a proxy"),
]
SMUGGLED_URLS = [
    "http://HOST/\r\nX-Injected: 1",
    "http://HOST/ HTTP/1.1\r\nHost: x",
    "http://HOST/a b",
    "http://HOST/\n",
    "http://HOST/\x00",
    "http://HOST/?q=\r\nX: 1",
    "http://HOST/#\r\nX: 1",
    "http://HOST\r\n.example/",
]


def anywhere(*_: Any) -> Sequence[Address]:
    """Answers every name with the loopback address, as the system would for many of the above."""
    return [ip_address("127.0.0.1")]


def failure(transport: GuardedTransport, url: str, seconds: float = 5.0, **request: Any) -> StepError:
    begun = time.monotonic()
    with pytest.raises(StepError) as caught:
        transport.send(Request("GET", url, **request), seconds)
    assert time.monotonic() - begun < seconds + 3, "it was not cut in its time"
    assert caught.value.message.endswith(".")
    return caught.value


@pytest.mark.parametrize("url", URLS)
def test_no_notation_reaches_what_is_inside(url: str) -> None:
    error = failure(GuardedTransport(resolve=anywhere), url)
    assert error.code in ("address_not_allowed", "invalid_url")
    assert (error.kind, error.details["request_sent"]) == ("permanent", False)


@pytest.mark.parametrize("location", URLS)
def test_nor_does_a_redirect(serve: Any, location: str) -> None:
    """What is no URL by itself leads to the server itself: relative, to be refused by its number."""

    def redirect(connection: socket.socket, _: Event) -> None:
        text = location.encode("utf-8", "surrogatepass").replace(b"\n", b" ")
        connection.sendall(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + text + b"\r\n\r\n")

    server = serve(redirect)
    error = failure(GuardedTransport(server.allowed, resolve=anywhere), server.url)
    assert error.code in ("address_not_allowed", "invalid_url", "too_many_redirects", "invalid_response")
    assert error.details["request_sent"] is True
    assert b"meta-data" not in b"".join(server.requests)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("admitted", [False, True])
def test_a_metadata_service_is_refused_by_name_to_admitted_hosts_too(name: str, admitted: bool) -> None:
    allowed = AllowedHosts(frozenset({(name, None)} if admitted else set()))
    transport = GuardedTransport(allowed, resolve=lambda *_: [ip_address(NAMES[name])])
    assert failure(transport, f"http://{name}/computeMetadata/v1/").code == "address_not_allowed"


@pytest.mark.parametrize(
    "answers",
    [
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["8.8.8.8", "10.0.0.1", "1.1.1.1"],
        ["2606:4700:4700::1111", "::1"],
        ["8.8.8.8", "::ffff:10.0.0.1"],
        ["8.8.8.8", "fe80::1"],
        ["8.8.8.8", "64:ff9b::a9fe:a9fe"],
        ["8.8.8.8", "224.0.0.1"],
    ],
    ids=" ".join,
)
def test_one_address_inside_among_many_is_enough(answers: list[str]) -> None:
    transport = GuardedTransport(resolve=lambda *_: [ip_address(answer) for answer in answers])
    assert failure(transport, "http://mixed.example/").code == "address_not_allowed"


@pytest.mark.parametrize("scoped", ["fe80::1%2", "::1%lo", "fe80::1%eth0"])
def test_an_address_with_a_scope_is_judged_without_it(scoped: str) -> None:
    def look_up(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", (scoped, 80, 0, 2))]

    transport = GuardedTransport(resolve=lambda host, port, seconds: resolve_host(host, port, seconds, look_up))
    assert failure(transport, "http://scoped.example/").code == "address_not_allowed"


def test_a_name_that_changes_after_the_check_changes_nothing(serve: Any) -> None:
    server, asked = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), []

    def rebinding(*_: Any) -> Sequence[Address]:
        asked.append(1)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "169.254.169.254")]

    transport = GuardedTransport(AllowedHosts(frozenset({("name.example", None)})), resolve=rebinding)
    url = f"http://name.example:{server.port}/"
    assert transport.send(Request("GET", url), 5).status == 200
    assert len(asked) == 1
    assert failure(transport, url).code == "address_not_allowed"


def test_a_resolver_that_hangs_is_left_behind() -> None:
    hanging = Event()

    def look_up(*_: Any, **__: Any) -> list[Any]:
        hanging.wait(10)
        return []

    transport = GuardedTransport(resolve=lambda host, port, seconds: resolve_host(host, port, seconds, look_up))
    error = failure(transport, "http://slow.example/", seconds=0.2)
    hanging.set()
    assert error.code == "timeout"


@pytest.mark.parametrize(("headers", "what"), SMUGGLED_HEADERS, ids=[what for _, what in SMUGGLED_HEADERS])
def test_no_header_smuggles_another(serve: Any, headers: dict[str, str], what: str) -> None:
    server = serve(b"")
    assert failure(GuardedTransport(server.allowed), server.url, headers=headers).code == "invalid_header"
    assert server.requests == []


@pytest.mark.parametrize("url", SMUGGLED_URLS)
def test_no_url_smuggles_a_header(serve: Any, url: str) -> None:
    server = serve(b"")
    error = failure(GuardedTransport(server.allowed), url.replace("HOST", f"127.0.0.1:{server.port}"))
    assert error.code == "invalid_url"
    assert server.requests == []


# What a server may do once it is asked ----------------------------------------------------------------------------

LIMIT = 100_000
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ZEROS = b"\0" * 20_000_000


def endless(first: bytes, piece: bytes, pause: float = 0.0) -> Write:
    """Writes a piece again and again."""

    def write(connection: socket.socket, ended: Event) -> None:
        connection.sendall(first)
        while not ended.wait(pause):
            connection.sendall(piece)

    return write


def once(answer: bytes) -> Write:
    """Writes it and closes."""

    def write(connection: socket.socket, ended: Event) -> None:
        assert not ended.is_set()
        connection.sendall(answer)

    return write


def coded(coding: bytes, body: bytes) -> Write:
    return once(HEAD + b"Content-Encoding: " + coding + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def redirecting(location: str, status: int = 302) -> Write:
    return once(f"HTTP/1.1 {status} Found\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n".encode())


BROKEN = ("invalid_response", "connection_failed")
ANSWERS: dict[str, tuple[Write, tuple[str, ...]]] = {
    # Slow.
    "says nothing": (endless(b"", b"", 0.02), ("timeout",)),
    "drips its status line": (endless(b"", b"H", 0.02), ("timeout",)),
    "drips a header": (endless(HEAD + b"X: ", b"y", 0.02), ("timeout",)),
    "drips headers": (endless(HEAD, b"X: y\r\n", 0.02), ("timeout",)),
    "drips a body of known length": (endless(HEAD + b"Content-Length: 99999\r\n\r\n", b"y", 0.02), ("timeout",)),
    "drips a body until it closes": (endless(HEAD + b"\r\n", b"y", 0.02), ("timeout",)),
    "drips chunks": (endless(CHUNKED, b"1\r\ny\r\n", 0.02), ("timeout",)),
    "drips a chunk's size": (endless(CHUNKED, b"0", 0.02), ("timeout",)),
    "drips trailers": (endless(CHUNKED + b"0\r\n", b"X: y\r\n", 0.02), ("timeout",)),
    "drips interim answers": (endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.02), ("timeout",)),
    "drips gzip": (
        endless(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x")[:10], b"\0", 0.02),
        (*BROKEN, "timeout"),
    ),
    # Endless.
    "endless status line": (endless(b"", b"H" * 4_096), BROKEN),
    "endless header": (endless(HEAD + b"X: ", b"y" * 4_096), BROKEN),
    "endless headers": (endless(HEAD, b"X: y\r\n" * 100), BROKEN),
    "endless body": (endless(HEAD + b"\r\n", b"y" * 65_536), ("response_too_large",)),
    "endless chunks": (endless(CHUNKED, b"1000\r\n" + b"y" * 4_096 + b"\r\n"), ("response_too_large",)),
    "chunks of one byte": (endless(CHUNKED, b"1\r\ny\r\n" * 1_000), ("response_too_large", "timeout")),
    "endless chunk": (endless(CHUNKED + b"ffffffffffffffff\r\n", b"y" * 65_536), ("response_too_large",)),
    "endless chunk size": (endless(CHUNKED, b"0" * 4_096), BROKEN),
    "endless chunk extension": (endless(CHUNKED + b"1;", b"x" * 4_096), BROKEN),
    "endless trailer": (endless(CHUNKED + b"0\r\n", b"x" * 4_096), (*BROKEN, "timeout")),
    "endless trailers": (endless(CHUNKED + b"0\r\n", b"X: y\r\n" * 100, 0.001), (*BROKEN, "timeout")),
    "endless 100": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 10), BROKEN),
    "endless 102": (endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 10), BROKEN),
    "endless 103": (endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 10), BROKEN),
    "interim answers with endless headers": (endless(b"HTTP/1.1 103 Early Hints\r\n", b"X: y\r\n" * 100), BROKEN),
    "redirects to itself": (redirecting("/"), ("too_many_redirects",)),
    "redirects to nothing": (redirecting(""), ("too_many_redirects",)),
    "redirects to a fragment": (redirecting("#x"), ("too_many_redirects",)),
    "redirects with 308": (redirecting("/", 308), ("too_many_redirects",)),
    "redirects far": (redirecting("/" + "a" * 30_000), ("invalid_url",)),
    # Bombs.
    "gzip bomb": (coded(b"gzip", gzip.compress(ZEROS)), ("response_too_large",)),
    "gzip bomb in gzip": (coded(b"gzip, gzip", gzip.compress(gzip.compress(ZEROS))), ("response_too_large",)),
    "gzip bomb in deflate": (coded(b"gzip, deflate", zlib.compress(gzip.compress(ZEROS))), ("response_too_large",)),
    "deflate bomb": (coded(b"deflate", zlib.compress(ZEROS)), ("response_too_large",)),
    "raw deflate bomb": (coded(b"deflate", zlib.compress(ZEROS)[2:-4]), ("response_too_large",)),
    "x-gzip bomb": (coded(b"x-gzip", gzip.compress(ZEROS)), ("response_too_large",)),
    "many small gzip members": (coded(b"gzip", gzip.compress(b"y" * 2_000) * 100), ("response_too_large",)),
    "twenty codings": (coded(b", ".join([b"gzip"] * 20), b"x"), BROKEN),
    "gzip that is none": (coded(b"gzip", b"not gzip at all"), BROKEN),
    "gzip with a wrong sum": (coded(b"gzip", gzip.compress(b"x" * 9_999)[:-8] + b"\xff" * 8), BROKEN),
    "deflate that is none": (coded(b"deflate", b"\xff\xff\xff\xff"), BROKEN),
    # Framing.
    "closes at once": (once(b""), BROKEN),
    "closes after its status": (once(HEAD), BROKEN),
    "closes in a header": (once(HEAD + b"X: "), BROKEN),
    "half a body": (once(HEAD + b"Content-Length: 10\r\n\r\nabc"), BROKEN),
    "half a chunk": (once(CHUNKED + b"a\r\nabc"), BROKEN),
    "no last chunk": (once(CHUNKED + b"3\r\nabc\r\n"), BROKEN),
    "chunk of -1 bytes": (once(CHUNKED + b"-1\r\n" + b"x" * 100), BROKEN),
    "chunk size that is none": (once(CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n"), BROKEN),
    "empty chunk size": (once(CHUNKED + b"\r\nabc\r\n0\r\n\r\n"), BROKEN),
    "two lengths": (once(HEAD + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"), BROKEN),
    "two lengths in one": (once(HEAD + b"Content-Length: 3, 5\r\n\r\nabcde"), BROKEN),
    "a length beyond all": (
        endless(HEAD + b"Content-Length: 99999999999999999999\r\n\r\n", b"y" * 65_536),
        ("response_too_large",),
    ),
    "a length below zero": (endless(HEAD + b"Content-Length: -1\r\n\r\n", b"y" * 65_536), ("response_too_large",)),
    "not HTTP": (once(b"SSH-2.0-OpenSSH_9.6\r\n"), BROKEN),
    "HTTP/0.9": (once(b"<html>hello</html>"), BROKEN),
    "HTTP/2": (once(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"), BROKEN),
    "a TLS alert": (once(b"\x15\x03\x01\x00\x02\x02\x28"), BROKEN),
    "status that is none": (once(b"HTTP/1.1 abc OK\r\n\r\n"), BROKEN),
    "status of two digits": (once(b"HTTP/1.1 20 OK\r\n\r\n"), BROKEN),
    "status of many digits": (once(b"HTTP/1.1 20000000000 OK\r\n\r\n"), BROKEN),
    "status below zero": (once(b"HTTP/1.1 -200 OK\r\n\r\n"), BROKEN),
    "switches protocols": (once(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"), BROKEN),
    "a header of 70 KB": (once(HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n"), BROKEN),
    "200 headers": (once(HEAD + b"X: y\r\n" * 200 + b"\r\n"), BROKEN),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_whatever_a_server_does_is_cut(serve: Any, what: str) -> None:
    write, codes = ANSWERS[what]
    server = serve(write)
    error = failure(GuardedTransport(server.allowed, max_body_bytes=LIMIT), server.url, seconds=0.7)
    assert error.code in codes
    assert error.details["request_sent"] is True


def test_interim_answers_are_passed_over(serve: Any) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
    server = serve(once(interim + HEAD + b"Content-Length: 2\r\n\r\nok"))
    assert GuardedTransport(server.allowed).send(Request("GET", server.url), 5).body == b"ok"


def test_a_silence_longer_than_allowed_is_cut_before_the_time_of_the_whole(serve: Any) -> None:
    server = serve(endless(HEAD + b"Content-Length: 5\r\n\r\na", b""))
    begun = time.monotonic()
    error = failure(GuardedTransport(server.allowed), server.url, seconds=30, read_seconds=0.2)
    assert (error.code, time.monotonic() - begun < 5) == ("timeout", True)


def test_a_secret_stays_with_its_hosts_whatever_redirects_say(serve: Any) -> None:
    other = serve(once(HEAD + b"Content-Length: 0\r\n\r\n"))
    server = serve(redirecting(f"http://127.0.0.1:{other.port}/", 307))
    anything = GuardedTransport(AllowedHosts(frozenset({("127.0.0.1", None)})))
    error = failure(anything, server.url, bound_to=(server.allowed,))
    assert (error.code, error.kind, error.details["request_sent"]) == ("secret_not_allowed", "permanent", True)
    assert failure(anything, other.url, bound_to=(server.allowed, other.allowed)).code == "secret_not_allowed"
    assert other.requests == []


def test_a_redirect_is_an_answer_to_who_follows_none(serve: Any) -> None:
    server = serve(redirecting("http://169.254.169.254/"))
    answer = GuardedTransport(server.allowed).send(Request("POST", server.url, follow=False), 5)
    assert answer.status == 302
    assert len(server.requests) == 1


def test_there_are_more_than_150_cases() -> None:
    counted = {
        "URLs": len(URLS),
        "redirects": len(URLS),
        "names": 2 * len(NAMES),
        "headers": len(SMUGGLED_HEADERS),
        "URLs with headers": len(SMUGGLED_URLS),
        "answers": len(ANSWERS),
    }
    print(f"\nhostile cases: {sum(counted.values())} {counted}")
    assert sum(counted.values()) > 150
