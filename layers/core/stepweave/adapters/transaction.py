"""Writes that take place together or not at all (DynamoDB's TransactWriteItems, at most 100 of them)."""

from collections.abc import Mapping
from typing import Any

from stepweave.adapters.table import dump, expression_names, expression_values

MOST = 100
"""Writes of one transaction (DynamoDB API reference)."""

Write = Mapping[str, Any]
"""One write of a transaction, in DynamoDB's wire form, without the table."""


def put(item: Mapping[str, Any], condition: str = "", values: Mapping[str, Any] | None = None) -> Write:
    return {"Put": {"Item": dump(item), **_conditional(condition, "", values or {})}}


def update(pk: str, sk: str, expression: str, condition: str = "", values: Mapping[str, Any] | None = None) -> Write:
    changed = {"Key": dump({"pk": pk, "sk": sk}), "UpdateExpression": expression}
    return {"Update": {**changed, **_conditional(condition, expression, values or {})}}


def delete(pk: str, sk: str, condition: str = "", values: Mapping[str, Any] | None = None) -> Write:
    return {"Delete": {"Key": dump({"pk": pk, "sk": sk}), **_conditional(condition, "", values or {})}}


def check(pk: str, sk: str, condition: str, values: Mapping[str, Any] | None = None) -> Write:
    """Writes nothing: the others take place only if this holds of an item that none of them writes."""
    return {"ConditionCheck": {"Key": dump({"pk": pk, "sk": sk}), **_conditional(condition, "", values or {})}}


def _conditional(condition: str, expression: str, values: Mapping[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    if condition:
        request |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    if values:
        request["ExpressionAttributeValues"] = expression_values(values)
    if names := expression_names(condition, expression):
        request["ExpressionAttributeNames"] = names
    return request
