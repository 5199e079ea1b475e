from stepweave.domain.resource import etag_of


def test_equal_configurations_have_one_etag() -> None:
    assert etag_of({"a": 1, "b": {"c": 2, "d": 3}}) == etag_of({"b": {"d": 3, "c": 2}, "a": 1})
    assert etag_of({"a": 1}) != etag_of({"a": 2})
