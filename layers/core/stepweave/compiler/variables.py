"""Variables that no script can be given, of `script` steps and of a definition that has some.

{"env": {"A=B": "1"}}   =>   Problem("invalid_value", "/steps/0/config/env/A=B", ...)
"""

from collections.abc import Iterator, Mapping

from stepweave.domain.definition import Definition
from stepweave.domain.problem import Problem, pointer
from stepweave.domain.step import ScriptStep, all_steps
from stepweave.domain.variable import bad_variable


def variable_problems(definition: Definition) -> Iterator[Problem]:
    """Problems of every variable of a script."""
    scripts = [(at, step) for at, step in all_steps(definition.steps) if isinstance(step, ScriptStep)]
    if scripts:
        yield from _problems(definition.config.env, "/config", "The definition")
    for at, step in scripts:
        yield from _problems(step.config.env, f"{at}/config", f"Step '{step.id}'")


def _problems(env: Mapping[str, str], at: str, whose: str) -> Iterator[Problem]:
    for name, value in env.items():
        if reason := bad_variable(name, value):
            label = f"config.env.{name[:100]}"
            yield Problem("invalid_value", f"{at}{pointer('env', name)}", f"{whose}: {label} cannot be used: {reason}")
