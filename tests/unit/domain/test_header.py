import pytest

from stepweave.domain.header import bad_header_name, bad_header_value


@pytest.mark.parametrize("name", ["X-A", "x_y", "Accept", "Idempotency-Key"])
def test_names_of_headers(name: str) -> None:
    assert bad_header_name(name) is None


@pytest.mark.parametrize("name", ["", "X A", "X\r\nA", "X:", "\u00e9"])
def test_names_that_are_no_tokens(name: str) -> None:
    assert bad_header_name(name) == "its name may hold letters, digits and !#$%&'*+.^_`|~- only"


@pytest.mark.parametrize("name", ["Host", "content-length", "Proxy-Authorization"])
def test_names_that_are_the_transports(name: str) -> None:
    assert bad_header_name(name) == "it is set by Stepweave; leave it out"


@pytest.mark.parametrize("value", ["", "a b", "a\tb", "\u00e9"])
def test_values_of_headers(value: str) -> None:
    assert bad_header_value(value) is None


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "\0", "\x7f", "\u20ac"])
def test_values_that_cannot_be_sent(value: str) -> None:
    assert bad_header_value(value)
