"""What AWS refuses in a state machine when it is created, and moto only finds when it runs, if at all.

https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html, .../service-quotas.html
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEFINITION_BYTES = 1024 * 1024
MAX_STATE_NAME = 80
_FINAL = frozenset({"Succeed", "Fail"})


def faults(definition: str) -> list[str]:
    """Every reason to refuse the text of a state machine, each with its place; empty when there is none."""
    if len(definition.encode()) > MAX_DEFINITION_BYTES:
        return [f"the definition is over {MAX_DEFINITION_BYTES} bytes"]
    try:
        machine = json.loads(definition)
    except ValueError as error:
        return [f"the definition is no JSON: {error}"]
    if not isinstance(machine, dict):
        return ["the definition is no JSON object"]
    return [*_of_machine(machine, ""), *_repeated_names(machine)]


def _of_machine(machine: Mapping[str, Any], at: str) -> Iterator[str]:
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield f"MISSING_STATES: there are no states at {at or '/'}"
        return
    start = machine.get("StartAt")
    if start not in states:
        yield f"MISSING_TRANSITION_TARGET: unknown state '{start}' at {at}/StartAt"
    for name, state in states.items():
        yield from _of_state(name, state, states, f"{at}/States/{name}")
    for name in sorted(states.keys() - _reachable(start, states)):
        yield f"UNREACHABLE_STATE: nothing leads to the state at {at}/States/{name}"


def _of_state(name: str, state: Mapping[str, Any], states: Mapping[str, Any], at: str) -> Iterator[str]:
    if len(name) > MAX_STATE_NAME:
        yield f"STATE_NAME_TOO_LONG: a state's name has at most {MAX_STATE_NAME} characters at {at}"
    for where, target in _transitions(state):
        if target not in states:
            yield f"MISSING_TRANSITION_TARGET: unknown state '{target}' at {at}{where}"
    kind = state.get("Type")
    if kind not in _FINAL and kind != "Choice" and ("Next" in state) == ("End" in state):
        yield f"SCHEMA_VALIDATION_FAILED: one of Next and End is needed at {at}"
    for where, machine in _nested(state):
        yield from _of_machine(machine, at + where)


def _transitions(state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for member in ("Next", "Default"):
        if member in state:
            yield f"/{member}", state[member]
    for member in ("Choices", "Catch"):
        for index, rule in enumerate(state.get(member, [])):
            yield f"/{member}/{index}/Next", rule.get("Next")


def _nested(state: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for index, branch in enumerate(state.get("Branches", [])):
        yield f"/Branches/{index}", branch
    for member in ("ItemProcessor", "Iterator"):
        if member in state:
            yield f"/{member}", state[member]


def _reachable(start: Any, states: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name in states and name not in found:
            found.add(name)
            ahead += [target for _, target in _transitions(states[name])]
    return found


def _repeated_names(machine: Mapping[str, Any]) -> Iterator[str]:
    """Names must be unique in the whole machine, over all nesting."""
    seen: set[str] = set()
    for name in _names(machine):
        if name in seen:
            yield f"DUPLICATE_STATE_NAME: '{name}' names more than one state"
        seen.add(name)


def _names(machine: Mapping[str, Any]) -> Iterator[str]:
    for name, state in (machine.get("States") or {}).items():
        yield name
        for _, nested in _nested(state):
            yield from _names(nested)
