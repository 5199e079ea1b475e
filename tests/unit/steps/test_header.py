import pytest

from stepweave.errors import StepError
from stepweave.steps.header import check_headers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X", "a\r\nHost: evil.example"),
        ("X", "a\nb"),
        ("X", "a\rb"),
        ("X", "a\x00b"),
        ("X", "a\x7fb"),
        ("X", "snow ☃"),
        ("X\r\nY", "secret"),
        ("X:", "secret"),
        ("X Y", "secret"),
        ("", "secret"),
        ("Ü", "secret"),
        ("Host", "evil.example"),
        ("content-length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "keep-alive"),
        ("Expect", "100-continue"),
        ("Upgrade", "websocket"),
        ("Proxy-Authorization", "Basic x"),
    ],
)
def test_a_header_that_breaks_out_or_speaks_for_the_transport_is_refused(name: str, value: str) -> None:
    with pytest.raises(StepError) as caught:
        check_headers({name: value})
    assert caught.value.code == "invalid_header"
    assert value not in caught.value.message


def test_other_headers_pass() -> None:
    check_headers({"X-Name": "tab\tand é", "Authorization": "Bearer x", "Empty": ""})
