import base64

import pytest

from stepweave.domain.keyset import Place, decode, encode
from stepweave.errors import BadRequest


@pytest.mark.parametrize("place", [Place("after", "tool-001"), Place("before", "a"), Place("after", "x.y_z")])
def test_a_place_comes_back_from_its_cursor(place: Place) -> None:
    assert decode(encode(place)) == place


def test_a_cursor_is_unpadded_base64url_of_what_is_published() -> None:
    cursor = encode(Place("after", "tool-001"))
    assert base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)) == b"v2:after:tool-001"
    assert "=" not in cursor


def of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "v2:after:tool-001",
        base64.urlsafe_b64encode(b"v2:after:tool-001").decode() + "==",
        "djI6YWZ0ZXI6dG9vbC0wMDE==",
        of("v1:after:a"),
        of("v2:beside:a"),
        of("v2:after:"),
        of("v2:after:a:b"),
        of("v2:after:\u00e4"),
        "%%%",
        "_w",
    ],
)
def test_anything_else_is_no_cursor(cursor: str) -> None:
    with pytest.raises(BadRequest) as refused:
        decode(cursor)
    assert refused.value.code == "invalid_cursor"
