"""The workflow of `stepweave demo`: fetch an OpenAPI document, count its operations, branch, post the result."""

from typing import Any

_COUNT = """
import collections, json, os, sys

document = json.load(sys.stdin)
tags = collections.Counter(
    tag
    for operations in document["paths"].values()
    for operation in operations.values()
    if isinstance(operation, dict)
    for tag in operation.get("tags", ["untagged"])
)
with open(os.environ["STEPWEAVE_RESULT"], "w") as result:
    json.dump({"per_tag": dict(sorted(tags.items())), "total": sum(tags.values())}, result)
"""


def _report(step_id: str, verdict: str) -> dict[str, Any]:
    body = {"verdict": verdict, "per_tag": "{{ steps.count.output.result.per_tag }}"}
    return {
        "id": step_id,
        "type": "http_request",
        "config": {"method": "POST", "url": "{{ input.sink }}", "json": body},
    }


DEFINITION: dict[str, Any] = {
    "name": "Count the operations of an API",
    "steps": [
        {"id": "fetch", "type": "http_request", "config": {"url": "{{ input.document }}"}},
        {
            "id": "count",
            "type": "script",
            "depends_on": ["fetch"],
            "config": {"language": "python", "source": _COUNT, "input": "{{ steps.fetch.output.body }}"},
        },
        {
            "id": "is_large",
            "type": "condition",
            "depends_on": ["count"],
            "config": {
                "expression": "steps.count.output.result.total >= 5",
                "then": ["report_large"],
                "else": ["report_small"],
            },
        },
        _report("report_large", "a large API"),
        _report("report_small", "a small API"),
    ],
    "outputs": {"total": "{{ steps.count.output.result.total }}", "per_tag": "{{ steps.count.output.result.per_tag }}"},
}
