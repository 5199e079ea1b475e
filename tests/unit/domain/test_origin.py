import re

import pytest

from stepweave.domain.origin import Origin, Trace, headers_for, read_trace, trace_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793"


@pytest.mark.parametrize(
    ("sent", "flags"),
    [
        (f"00-{TRACE}-{SPAN}-01", "01"),
        (f" 00-{TRACE}-{SPAN}-00 ", "00"),
        (f"01-{TRACE}-{SPAN}-03-what-comes-later", "03"),
    ],
    ids=["sampled", "not sampled", "a later version"],
)
def test_a_trace_is_read_as_w3c_has_it(sent, flags):
    assert read_trace(sent, None) == Trace(TRACE, flags)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-01\nX: y",
        "00-" + "x" * 32,
    ],
)
def test_what_is_not_well_formed_is_no_trace(sent):
    assert read_trace(sent, None) is None


@pytest.mark.parametrize(
    ("sent", "flags"),
    [(XRAY, "01"), (f"Self=1-2-3; {XRAY};Parent=53995c3f42cd8ad8;Sampled=1", "01"), (f"{XRAY};Sampled=0", "00")],
)
def test_without_it_the_trace_of_x_ray_counts(sent, flags):
    assert read_trace("nonsense", sent) == Trace("5759e988bd862e3fe1be46a994272793", flags)


@pytest.mark.parametrize("sent", ["", "Root=2-5759e988-bd862e3fe1be46a994272793", f"x{XRAY}", XRAY[:-1]])
def test_what_x_ray_does_not_write_is_none(sent):
    assert read_trace(None, sent) is None


def test_the_trace_of_a_run_that_was_sent_none_is_always_the_same_and_its_own():
    made = trace_of(Origin(), "run_1")
    assert made == trace_of(Origin(), "run_1") != trace_of(Origin(), "run_2")
    assert re.fullmatch("[0-9a-f]{32}", made.id)
    assert trace_of(Origin(trace=Trace(TRACE)), "run_1").id == TRACE


def test_requests_of_a_run_carry_its_trace_a_span_of_their_own_and_the_correlation():
    origin = Origin("req_1", "order-17", Trace(TRACE, "00"))
    first, second = (headers_for(origin, "run_1", f"a {attempt}") for attempt in (1, 2))
    assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-00", first["traceparent"])
    assert first["traceparent"] != second["traceparent"]
    assert first["X-Correlation-ID"] == second["X-Correlation-ID"] == "order-17"
    assert read_trace(headers_for(Origin(), "run_1", "a")["traceparent"], None) == trace_of(Origin(), "run_1")
    assert headers_for(Origin(), "run_1", "a")["X-Correlation-ID"] == "run_1"
