from typing import Any

import pytest

from stepweave.domain.url import parse_url
from stepweave.errors import StepError
from stepweave.steps.config import check_config, invalid_config


def test_a_complaint_stays_short_and_can_be_written_whatever_it_names() -> None:
    error = invalid_config("/config/env/\ud800" + "x" * 1_000_000, "y" * 1_000_000)
    assert error.details["path"].startswith("/config/env/\ufffdxxx")
    assert len(error.message.encode() + error.details["path"].encode()) < 1_000


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"a": {"b": ["fine", "\udcff"]}}, "/config/a/b/1"),
        ({"a": {"b\udcff": 1}}, "/config/a/b\ufffd"),
        ({"\udcff": 1}, "/config/\ufffd"),
        ({"a": float("inf")}, "/config"),
        ({"a": 10**5_000}, "/config"),
    ],
)
def test_a_config_that_no_json_in_utf_8_carries_is_refused_with_its_place(config: dict[str, Any], path: str) -> None:
    with pytest.raises(StepError) as caught:
        check_config(config)
    assert (caught.value.code, caught.value.kind, caught.value.details["path"]) == ("invalid_config", "permanent", path)


def test_a_config_of_json_values_passes() -> None:
    config = {"a": [1, 1e300, 10**300, None, "\U0001f600\0", {"": []}]}
    assert check_config(config) is config


def test_half_a_surrogate_pair_is_no_part_of_a_url() -> None:
    with pytest.raises(StepError, match="surrogate") as caught:
        parse_url("http://api.example/\udcff")
    assert caught.value.code == "invalid_url"
