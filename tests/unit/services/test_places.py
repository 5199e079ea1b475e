import pytest

from stepweave.services.places import BEFORE_ALL, parse_id


@pytest.mark.parametrize("text", ["0", "0~", "12", "12.0", "12.1", "999999999999999"])
def test_an_id_names_a_place_and_back(text):
    assert parse_id(text).id == text


@pytest.mark.parametrize("text", ["", "x", "-1", "1.", ".1", "1~~", "1+", " 1", "1\n", "9" * 16, "1.1234567", "١"])
def test_what_is_no_id_names_no_place(text):
    assert parse_id(text) is None


def test_places_are_in_the_order_of_the_story():
    ids = ["0", "0~", "1", "2.0", "2.1", "2", "2~", "10"]
    places = [parse_id(text) for text in ids]
    assert sorted(places) == places
    assert places[0] > BEFORE_ALL
