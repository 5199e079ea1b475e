"""Tokens of models as Compozy shows them: a list with an entry for each model."""

from collections.abc import Iterable, Mapping
from typing import Any

Usage = Mapping[str, Mapping[str, int]]
"""`input_tokens` and `output_tokens` by the name of the model."""


def usage_json(*used: Usage) -> list[dict[str, Any]]:
    """All of it together; empty when no model was asked."""
    return [_entry(model, *_sums(each.get(model, {}) for each in used)) for model in dict.fromkeys(_models(used))]


def with_usage(*used: Usage) -> dict[str, Any]:
    """The member `usage`, absent while there is none."""
    entries = usage_json(*used)
    return {"usage": entries} if entries else {}


def _models(used: Iterable[Usage]) -> Iterable[str]:
    return (model for each in used for model in each)


def _sums(counts: Iterable[Mapping[str, int]]) -> tuple[int, int]:
    found = list(counts)
    return sum(each.get("input_tokens", 0) for each in found), sum(each.get("output_tokens", 0) for each in found)


def _entry(model: str, prompt: int, completion: int) -> dict[str, Any]:
    return {
        "model": model,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
