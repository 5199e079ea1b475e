"""A loop over as many items as there may be, in a simulation of its machine."""

import json
from collections import Counter

import pytest

from asl_simulator import simulate
from definitions import definition, loop, script
from reference_interpreter import Outcomes, interpret
from simulated_functions import functions
from stepweave.compiler.compile import compile_asl, compile_definition
from stepweave.compiler.emit import Targets
from stepweave.compiler.history import MAX_EVENTS, inline_room

ITEMS = 10_000
STATE_BYTES = 256 * 1024
"""Of a state's input (Step Functions quotas)."""


@pytest.mark.parametrize("most", [1, 40, 1000])
def test_ten_thousand_items_run_once_each_within_the_limits(most: int) -> None:
    source = definition(loop("each", (), [script("in")], max_concurrency=most), script("after", ["each"]))
    compiled = compile_definition(source)
    assert compiled.plan is not None
    assert compiled.woven is not None
    machine = json.loads(compile_asl(compiled, Targets("run-step")))
    outcomes = Outcomes(
        takes=lambda _: "", fails=lambda _: False, wants=lambda _: True, lasts=lambda _: 1.0, counts=lambda _: ITEMS
    )
    ideal = interpret(source, outcomes)
    trace = simulate(machine, compiled.plan, functions(source, compiled.plan, ideal, outcomes))
    assert Counter(len(moments) for moments in trace.entered.values()) == {1: ITEMS + 2}
    assert (trace.failed, trace.end) == (False, 2.0 + ITEMS / most)
    map_state = "each each *" if most <= 40 else "each each"
    assert trace.concurrent == {map_state: most}
    assert machine["States"][map_state]["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert inline_room(compiled.woven, compiled.plan)["each"] * 7 < MAX_EVENTS
    assert len(json.dumps([str(index) for index in range(ITEMS)])) < STATE_BYTES
