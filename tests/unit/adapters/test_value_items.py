import json
from typing import Any

import pytest

from stepweave.adapters.value_items import MAX_DETAILS_BYTES, MAX_MESSAGE_CHARACTERS, fail_from, fail_item
from stepweave.domain.run import Fail


def stored(fail: Fail) -> Fail:
    """What is read after it has been written as UTF-8."""
    item = fail_item(fail)
    assert item is not None
    assert len(json.dumps(item, ensure_ascii=False).encode()) < 150_000
    again = fail_from(item)
    assert again is not None
    return again


def test_a_failure_is_read_as_it_was_written() -> None:
    fail = Fail("script_failed", "it ended with ö", {"exit_code": 1, "seconds": 0.5, "stderr": "ö\n", "more": [None]})
    assert stored(fail) == fail
    assert fail_item(None) is None
    assert fail_from(None) is None


def test_details_are_kept_whole_up_to_their_limit() -> None:
    details = {"text": "ö" * ((MAX_DETAILS_BYTES - len('{"text": ""}')) // 2)}
    assert stored(Fail("x", "m", details)).details == details


@pytest.mark.parametrize("filler", ["x", "\ufffd", "\x00", "\U0001f600", '"'])
def test_details_over_the_limit_keep_their_small_members_and_the_beginning_of_long_texts(filler: str) -> None:
    details: dict[str, Any] = {
        "stdout": "out" + filler * 60_000,
        "exit_code": 1,
        "list": ["x" * 60_000],
        "stderr": filler * 60_000,
    }
    kept = stored(Fail("x", "m", details)).details
    assert kept["exit_code"] == 1
    assert "shortened or left out" in kept["cut"]
    assert "list" not in kept
    for name in ("stdout", "stderr"):
        assert details[name].startswith(kept[name])
        assert len(kept[name]) > 2_000
    assert len(json.dumps(kept, ensure_ascii=False).encode()) <= MAX_DETAILS_BYTES


def test_a_member_with_an_endless_name_is_left_out() -> None:
    kept = stored(Fail("x", "m", {"n" * 60_000: "value", "attempt": 2})).details
    assert (kept.keys(), kept["attempt"]) == ({"cut", "attempt"}, 2)


def test_a_message_is_cut_and_holds_no_half_of_a_surrogate_pair() -> None:
    fail = stored(Fail("x", "a\udcff" + "b" * 1_000_000, {"p\ud800": "\udfff"}))
    assert fail.message == "a\ufffd" + "b" * (MAX_MESSAGE_CHARACTERS - 2)
    assert fail.details == {"p\ufffd": "\ufffd"}
