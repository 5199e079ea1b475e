import pytest

from stepweave.domain.duration import seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300),
        ("1h30m", 5400),
        ("5 minutes", 300),
        ("1.5 hours", 5400),
        ("250ms", 0.25),
        ("90", 90),
        (" 2 ", 2),
        (7, 7),
        (0.5, 0.5),
        ("1w 1d", 691200),
        ("2 Days", 172800),
    ],
)
def test_durations_are_read_as_people_write_them(text: str | float, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "m5", "5 parsecs", "5m soon", "-1", -1, "366d", float("nan")])
def test_anything_else_is_refused(text: str | float) -> None:
    with pytest.raises(ValueError, match=r"duration|unit|between"):
        seconds_of(text)
