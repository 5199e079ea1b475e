import pytest

from stepweave.api.request_id import request_id_for


def made(prefix):
    return f"{prefix}_new"


@pytest.mark.parametrize("sent", ["abc", "01KA-x_y.z", "Root=1-67891233-abcdef012345678912345678", "x" * 128])
def test_a_sane_id_of_the_client_is_taken(sent):
    assert request_id_for(sent, made) == sent


@pytest.mark.parametrize("sent", [None, "", "a b", "a\nb", 'a"b', "<b>", "x" * 129, "é", "abc\n"])
def test_anything_else_gets_a_new_one(sent):
    assert request_id_for(sent, made) == "req_new"
