"""Which machines are refused; those of a real workflow pass in the golden and end-to-end tests."""

import json

from stepweave.local.asl import faults


def test_what_is_no_machine_is_told() -> None:
    assert faults("{") != []
    assert faults("[]") == ["the definition is no JSON object"]
    assert faults("{}") == ["MISSING_STATES: there are no states at /"]
    assert faults(json.dumps("x" * 1024 * 1024)) == ["the definition is over 1048576 bytes"]


def test_a_choice_a_map_and_a_catch_are_followed() -> None:
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "Each"}],
            "Default": "Stop",
        },
        "Each": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": True}}},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
            "Next": "Done",
        },
        "Caught": {"Type": "Pass", "Next": "Stop"},
        "Stop": {"Type": "Fail"},
        "Done": {"Type": "Succeed"},
    }
    assert faults(json.dumps({"StartAt": "Choose", "States": states})) == []


def test_every_fault_is_told_at_once() -> None:
    states = {"A": {"Type": "Pass", "Next": "X"}, "B": {"Type": "Pass", "Next": "Y"}}
    assert len(faults(json.dumps({"StartAt": "A", "States": states}))) == 3
