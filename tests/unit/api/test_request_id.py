import pytest

from stepweave.api.request_id import origin_of
from stepweave.domain.origin import Trace


def made(prefix):
    return f"{prefix}_new"


INSANE = ["", "a b", "a\nb", 'a"b', "<b>", "x" * 129, "é", "abc\n"]


@pytest.mark.parametrize("sent", ["abc", "01KA-x_y.z", "Root=1-67891233-abcdef012345678912345678", "x" * 128])
def test_sane_ids_of_the_client_are_taken(sent):
    found = origin_of({"x-request-id": sent, "x-correlation-id": sent}, made)
    assert (found.request_id, found.correlation_id) == (sent, sent)


@pytest.mark.parametrize("sent", INSANE)
def test_of_anything_else_the_request_gets_a_new_one_and_the_correlation_none(sent):
    found = origin_of({"x-request-id": sent, "x-correlation-id": sent}, made)
    assert (found.request_id, found.correlation_id) == ("req_new", "")


def test_a_request_without_ids_gets_one_of_its_own():
    found = origin_of({}, made)
    assert (found.request_id, found.correlation_id, found.trace) == ("req_new", "", None)


def test_a_trace_is_taken_from_its_header_or_from_that_of_aws():
    w3c, xray = f"00-{'a' * 32}-{'b' * 16}-00", f"Root=1-{'c' * 8}-{'d' * 24}"
    assert origin_of({"traceparent": w3c, "x-amzn-trace-id": xray}, made).trace == Trace("a" * 32, "00")
    assert origin_of({"x-amzn-trace-id": xray}, made).trace == Trace("c" * 8 + "d" * 24)
