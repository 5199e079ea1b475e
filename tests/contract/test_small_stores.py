"""The ports `Values` and `Plans`."""

import pytest

from stepweave.adapters.values import Values
from stepweave.domain.run import Value
from stepweave.errors import StepError
from stepweave.local.embedded import client as embedded_client


@pytest.mark.parametrize(
    "value", [None, 0, 1.5, "é", [], {"a": [1, {"b": None}]}, "x" * 99_998, "x" * 99_999, "x" * 300_000]
)
def test_a_value_comes_back_equal(stores, value):
    stored = stores.values.store("runs/run_1/a/owner.json", value)
    assert stores.values.load(stored) == value
    assert (stored.ref is None) == (stored.size <= 100_000)


def test_a_large_value_stored_again_under_its_key_stays_what_it_was(stores):
    first = stores.values.store("runs/run_1/a/owner.json", "x" * 200_000)
    again = stores.values.store("runs/run_1/a/owner.json", "x" * 200_000)
    assert first == again
    assert stores.values.load(first) == "x" * 200_000


def test_a_value_that_is_not_json_is_refused(stores):
    with pytest.raises(StepError) as error:
        stores.values.store("runs/run_1/a/owner.json", {"a": float("inf")})
    assert error.value.code == "output_not_json"


def test_half_a_surrogate_pair_comes_back(stores):
    stored = stores.values.store("runs/run_1/a/owner.json", {"a": "\ud800"})
    assert stores.values.load(stored) == {"a": "\ud800"}


def test_a_plan_comes_back_equal_also_when_large(stores):
    for key, size in (("small", 1), ("large", 200_000)):
        plan = {"format": 1, "steps": {}, "outputs": {"a": "x" * size}, "env": {}, "run_timeout": 1.5}
        stores.plans.put("wf_1", key, plan)
        stores.plans.put("wf_1", key, plan)
        assert stores.plans.get("wf_1", key) == plan


def test_a_plan_that_is_missing_is_an_error(stores):
    with pytest.raises(LookupError):
        stores.plans.get("wf_1", "absent")


def test_a_value_is_linked_only_where_clients_can_reach_the_bucket():
    client = embedded_client("s3")
    value = Value(ref="runs/run_1/a.json", size=6_000_000)
    linked = Values(client, "stepweave", links=True)
    assert "X-Amz-Signature" in str(linked.link(value)) or "Signature=" in str(linked.link(value))
    assert linked.link(Value(inline="1", size=1)) is None
    assert Values(client, "stepweave").link(value) is None
