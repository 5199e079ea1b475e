from fakes.samples import a_state
from stepweave.domain.slots import DEPLOYMENT, group_of, keyed_group, workflow_of


def test_equal_values_of_a_key_are_one_group_however_they_are_spelled():
    assert keyed_group("wf_1", {"a": 1, "b": [None]}) == keyed_group("wf_1", {"b": [None], "a": 1})
    values = ["1", 1, True, None, [1], {"a": 1}, "x" * 100_000]
    groups = {keyed_group("wf_1", value) for value in values}
    assert len(groups) == len(values)
    assert {len(group) for group in groups} == {len("wf_1#") + 32}


def test_a_run_takes_its_slot_in_the_group_of_its_workflow_unless_it_has_another():
    assert group_of(a_state()) == "wf_1"
    assert group_of(a_state(group=keyed_group("wf_1", "a"))) == keyed_group("wf_1", "a")


def test_a_group_tells_its_workflow_and_that_of_the_deployment_has_none():
    assert [workflow_of(group) for group in ("wf_1", keyed_group("wf_1", "a"), DEPLOYMENT)] == ["wf_1", "wf_1", None]
