import pytest

from stepweave.domain.url import bad_url, joined, parse_url, with_query
from stepweave.errors import StepError

REFUSED = [
    "",
    "example.com",
    "//example.com",
    "/path",
    "http://",
    "http:///path",
    "https://:443/",
    "http:example.com",
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://127.0.0.1:6379/_x",
    "dict://127.0.0.1:11211/",
    "ldap://example.com",
    "javascript:alert(1)",
    "data:text/plain,x",
    "jar:http://example.com!/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "http://user@example.com/",
    "http://user:secret@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1:80@example.com/",
    "http://@127.0.0.1/",
    "http://example.com\\@127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "http://exa mple.com/",
    " http://example.com/",
    "http://example.com/a b",
    "http://example.com/\r\nX-Injected: 1",
    "http://example.com/\nX",
    "http://exam\tple.com/",
    "http://example.com/\x00",
    "http://example.com\r\n.evil.example/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:-1/",
    "http://example.com:80a/",
    "http://example.com:/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://0177.0.0.01/",
    "http://017700000001/",
    "http://127.0.0.0x1/",
    "http://0/",
    "http://127.0.0.256/",
    "http://1.2.3.4.5/",
    "http://①②⑦.⓪.⓪.①.5/",
    "http://[::1/",
    "http://::1/",
    "http://[::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[not-an-address]/",
    "http://[::1]evil/",
    "http://[127.0.0.1]/",
    "http://example..com/",
    "http://.example.com/",
    "http://-example.com/",
    "http://exa$mple.com/",
    "http://example.com%2f@x/",
    "http://%31%32%37.0.0.1/",
    "http://exam℀ple.com/",
    "http://" + "a" * 64 + ".com/",
    "http://" + ".".join(["abcdefgh"] * 40) + "/",
    "http://example.com/" + "a" * 17_000,
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_two_parsers_could_read_differently_is_refused(text: str) -> None:
    with pytest.raises(StepError) as caught:
        parse_url(text)
    assert caught.value.code == "invalid_url"
    assert caught.value.kind == "permanent"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("HTTP://EXAMPLE.com", "http://example.com/"),
        ("https://example.com:443/a?b=c#d", "https://example.com/a?b=c"),
        ("http://example.com:8080?x=1", "http://example.com:8080/?x=1"),
        ("http://example.com./", "http://example.com/"),
        ("http://[2606:4700:0:0::ABCD]:8080/", "http://[2606:4700::abcd]:8080/"),
        ("http://example.com#@127.0.0.1/", "http://example.com/"),
        ("https://bücher.example/ö?ä=1", "https://xn--bcher-kva.example/%C3%B6?%C3%A4=1"),
        ("https://example.com/a%20b%2Fc", "https://example.com/a%20b%2Fc"),
        ("http://a_b.example/", "http://a_b.example/"),
        ("http://①②⑦.⓪.⓪.①/", "http://127.0.0.1/"),
    ],
)
def test_a_url_is_brought_into_one_form(text: str, whole: str) -> None:
    assert str(parse_url(text)) == whole


def test_plain_http_is_refused_where_tls_is_required() -> None:
    with pytest.raises(StepError, match="HTTP_REQUIRE_TLS"):
        parse_url("http://example.com/", require_tls=True)


def test_the_error_does_not_repeat_the_url_which_may_hold_a_secret() -> None:
    with pytest.raises(StepError) as caught:
        parse_url("http://user:hunter2@example.com/")
    assert "hunter2" not in caught.value.message


def test_a_literal_address_is_known_as_one() -> None:
    assert str(parse_url("http://[::1]/").literal) == "::1"
    assert parse_url("http://example.com/").literal is None


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("http://a.example/", "http://a.example/?q=1+2&r=x&r=y"),
        ("http://a.example/?p=0#f", "http://a.example/?p=0&q=1+2&r=x&r=y#f"),
        ("http://a.example/?", "http://a.example/?q=1+2&r=x&r=y"),
    ],
)
def test_a_query_is_added_to_the_one_there_is(text: str, whole: str) -> None:
    assert with_query(text, {"q": "1 2", "r": ["x", "y"]}) == whole


def test_no_query_leaves_the_url_alone() -> None:
    assert with_query("http://a.example/?", {}) == "http://a.example/?"


@pytest.mark.parametrize(
    ("location", "whole"),
    [
        ("/b", "https://a.example/b"),
        ("c?d", "https://a.example/x/c?d"),
        ("//b.example/", "https://b.example/"),
        ("http://c.example", "http://c.example/"),
    ],
)
def test_a_location_is_relative_to_where_it_was_found(location: str, whole: str) -> None:
    assert str(joined(parse_url("https://a.example/x/y"), location)) == whole


@pytest.mark.parametrize(
    "location", ["http://[", "file:///etc/passwd", "http://u@b.example", "/a\r\nb", "http://127.1/"]
)
def test_a_location_is_judged_like_any_url(location: str) -> None:
    with pytest.raises(StepError) as caught:
        joined(parse_url("https://a.example/"), location)
    assert caught.value.code == "invalid_url"


def test_what_is_wrong_with_a_url_is_told_without_it() -> None:
    assert bad_url("http://example.com/") == ""
    assert bad_url("http://é..example/") == "its host name is not a valid international name"
    assert "hush" not in bad_url("http://me:hush@example.com/")
