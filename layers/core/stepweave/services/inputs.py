"""The input of a run: what was given, with the defaults of the definition's schema, and checked against it."""

from collections.abc import Mapping
from typing import Any

from stepweave.errors import Invalid
from stepweave.services.problems import faults_of

PLACE = "/input_data"


def checked_input(definition: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The input as it is stored: with defaults filled in. Raises `Invalid`, each fault at its place in the body.

    A definition without `config.input` takes any input.
    """
    schema = (definition.get("config") or {}).get("input")
    if schema is None:
        return dict(given)
    from stepweave.compiler.schema_values import value_problems, with_defaults

    filled: dict[str, Any] = with_defaults(schema, given)
    faults = faults_of(value_problems(schema, filled), PLACE)
    if faults:
        raise Invalid(faults)
    return filled
