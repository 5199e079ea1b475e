import pytest

from stepweave.domain.url import parse_url
from stepweave.errors import StepError
from stepweave.steps.redirect import Hop, next_hop

HEADERS = {"Authorization": "Bearer s", "Cookie": "c", "X-Api-Key": "k", "Accept": "*/*", "Content-Type": "text/plain"}


def hop(method: str = "GET", body: bytes | None = None) -> Hop:
    return Hop(method, parse_url("https://a.example/x"), HEADERS, body)


@pytest.mark.parametrize("status", [200, 300, 304, 305, 399])
def test_other_statuses_lead_nowhere(status: int) -> None:
    assert next_hop(hop(), status, {"location": "/y"}, require_tls=False) is None


def test_a_redirect_without_a_location_is_an_answer() -> None:
    assert next_hop(hop(), 302, {}, require_tls=False) is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_same_origin_keeps_every_header(status: int) -> None:
    following = next_hop(hop(), status, {"location": "/y"}, require_tls=False)
    assert following is not None
    assert following.headers == HEADERS
    assert str(following.url) == "https://a.example/y"


@pytest.mark.parametrize(
    "location", ["https://b.example/", "https://sub.a.example/", "http://a.example/", "https://a.example:8443/"]
)
def test_another_origin_gets_no_header_that_may_be_a_credential(location: str) -> None:
    following = next_hop(hop(), 307, {"location": location}, require_tls=False)
    assert following is not None
    assert set(following.headers) == {"Accept", "Content-Type"}


@pytest.mark.parametrize(
    ("method", "status"), [("POST", 301), ("POST", 302), ("POST", 303), ("PUT", 303), ("DELETE", 303)]
)
def test_a_redirect_that_means_look_there_becomes_a_get_without_content(method: str, status: int) -> None:
    following = next_hop(hop(method, b"x"), status, {"location": "/y"}, require_tls=False)
    assert following is not None
    assert (following.method, following.body) == ("GET", None)
    assert "Content-Type" not in following.headers


@pytest.mark.parametrize(("method", "status"), [("POST", 307), ("POST", 308), ("PUT", 301), ("PATCH", 302)])
def test_a_redirect_that_means_send_it_there_keeps_method_and_body(method: str, status: int) -> None:
    following = next_hop(hop(method, b"x"), status, {"location": "/y"}, require_tls=False)
    assert following is not None
    assert (following.method, following.body) == (method, b"x")


def test_a_head_request_stays_one() -> None:
    following = next_hop(hop("HEAD"), 303, {"location": "/y"}, require_tls=False)
    assert following is not None
    assert following.method == "HEAD"


def test_a_redirect_to_plain_http_is_refused_where_tls_is_required() -> None:
    with pytest.raises(StepError, match="HTTP_REQUIRE_TLS"):
        next_hop(hop(), 302, {"location": "http://a.example/"}, require_tls=True)


def test_a_location_in_raw_utf8_is_understood() -> None:
    following = next_hop(hop(), 302, {"location": "/ö".encode().decode("latin-1")}, require_tls=False)
    assert following is not None
    assert following.url.target == "/%C3%B6"


def test_a_location_in_latin_1_is_understood() -> None:
    following = next_hop(hop(), 302, {"location": "/ö"}, require_tls=False)
    assert following is not None
    assert following.url.target == "/%C3%B6"
