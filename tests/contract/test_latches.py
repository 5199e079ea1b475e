"""The port `Latches`."""

from stepweave.services.ports import Latch

PLACE = ("run_1", 1, "0.2", "join await")


def test_a_latch_holds_all_that_was_added_and_every_token(stores):
    assert stores.latches.add(*PLACE, ["a"]) == Latch(frozenset({"a"}))
    assert stores.latches.arm(*PLACE, "token 1") == Latch(frozenset({"a"}), frozenset({"token 1"}))
    both = stores.latches.add(*PLACE, ["b", "c"])
    assert both == Latch(frozenset({"a", "b", "c"}), frozenset({"token 1"}))
    assert stores.latches.arm(*PLACE, "token 2").tokens == {"token 1", "token 2"}


def test_what_is_said_twice_is_said_once(stores):
    first = stores.latches.add(*PLACE, ["a"])
    assert stores.latches.add(*PLACE, ["a"]) == first
    armed = stores.latches.arm(*PLACE, "token")
    assert stores.latches.arm(*PLACE, "token") == armed


def test_each_run_execution_await_and_position_has_its_own(stores):
    stores.latches.add(*PLACE, ["a"])
    for other in (
        ("run_2", 1, "0.2", "join await"),
        ("run_1", 2, "0.2", "join await"),
        ("run_1", 1, "0.1", "join await"),
        ("run_1", 1, "0.2", "end await"),
    ):
        assert stores.latches.add(*other, ["b"]) == Latch(frozenset({"b"}))
