"""The one table: its shape, and the few operations the stores need, with plain Python values in and out.

    pk               sk            what
    WF#<id>          W#workflow    a workflow            (list = WORKFLOWS, list_key = its place: workflow_facets);
                                   of a deleted one what says so (check = GONE, check_after)
    WF#<id>          W#slots       the slots of its runs (list = QUEUES#<id>, list_key = group, while runs queue)
    WF#<id>          GROUP#<key>   the slots of its runs with one value of `concurrency.key` (the same)
    DEPLOYMENT       SLOTS         the slots of all runs  (the same)
    WF#<id>          V#<number>    a version; the sort keys let one query read workflow, slots and newest version
                                   (check = MACHINES, check_after, while it may have a machine that nobody needs)
    WF#<id>          H#<number>    what is told of a version in the list of versions
    WF#<id>          F#<facet>     the workflow's row in a list (list = WORKFLOWS#<facet>, list_key = its place)
    WF#<id>          F#name        its row by name       (list = WORKFLOWS#name, list_key = slug or id)
    COUNT#<list>     <character>   how many workflows such a list has, by the last character of their ids
    WF#<id>          PLAN#<key>    a compiled plan
    QUEUE#<group>    <run id>      a queued run; group: <wf id>, <wf id>#<key> or *
    SLUG#<slug>      SLUG          the workflow of a slug
    RUN#<id>         RUN           what was asked        (list = RUNS#<wf id>, list_key = its place: run_lists)
    RUN#<id>         ALL           its row among all     (list = RUNS, list_key = its place)
    RUN#<id>         STATE         what has become of it (check = RUNS, check_after, while under way;
                                   list = RUNS#<wf id>#active or #<final status>, list_key = its place;
                                   events, told_*, facts_*, void: see `story_items`);
                                   of a run that was deleted no more than that (deleted, expires_at), for a day
    RUN#<id>         STEP#<key>    a step run            (STEP#~<key> in a loop; told = number of its newest event)
    RUN#<id>         INBOX#<name>  waits for signals of a name, and those signals
    RUN#<id>         INCOMING#<id> a signal that was sent
    RUN#<id>         LATCH#<key>   who has settled of those that an await waits for
    EXEC#<id>        REQUEST       what was asked of a direct execution
    EXEC#<id>        EXECUTION     what has become of it (check = EXECUTIONS, check_after, until it is over)
    IDEMPOTENCY#<scope>#<digest of key>  CLAIM   what a client's key stands for (expires_at)
    TEMPLATES        <id>          the head of a template of one's own
    TPL#<id>         TEMPLATE      the whole of it
    TICKET#<digest>  TICKET        what lets a browser follow a run (expires_at)
    SEATS#<key id>   SEATS         which of a key's streams wait (seat_*, expires_at)
    SCHEDULE#<id>    SCHEDULE      a schedule            (list = SCHEDULES#<wf id>, list_key = next run and id;
                                   check = SCHEDULES, check_after)
    AGENT#<project>#<id>  AGENT    an agent              (list = AGENTS#<project>, list_key = id)
    TASK#<project>#<id>   TASK     a task                (list = TASKS#<project>, the same)
    TOOL#<project>#<id>   TOOL     a tool                (list = TOOLS#<project>, the same)
    (of these three)      USE#<kind>#<project>#<id>  a workflow, task or agent that says it refers to it
    TRIGGERS#<wf id> TRIGGERS      what a workflow's triggers have taken (check = TRIGGERS, check_after)
    HOOK#<slug>      HOOK          the workflow of an inbound webhook; the slug in lower case
    SIGNAL#<name>    <wf id>       a workflow that signals of that name start
    KEY#<id>         KEY           an API key            (list = KEYS, list_key = id; full_at: of its bucket of tokens)

`list` and `check` are sparse: an item is in an index only while it carries the attributes. Both project keys alone, so
that a write to an item costs an index write only when its place in a list changes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from stepweave.adapters.retention import Retention, utc_now
from stepweave.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_LIST = "by_list"
BY_CHECK = "by_check"
TABLE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"}
        for name in ("pk", "sk", "list", "list_key", "check", "check_after")
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": name,
            "KeySchema": [{"AttributeName": part, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        for name, part, sort in ((BY_LIST, "list", "list_key"), (BY_CHECK, "check", "check_after"))
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
TTL_ATTRIBUTE = "expires_at"
_EXPIRY = f"#{TTL_ATTRIBUTE}"

Item = dict[str, Any]
_BATCH_GET = 100
"""Keys per BatchGetItem (DynamoDB API reference)."""
_BATCH_WRITE = 25
"""Requests per BatchWriteItem (DynamoDB API reference)."""

_to_wire = TypeSerializer().serialize
_from_wire = TypeDeserializer().deserialize


class ConditionFailed(Exception):
    """A conditional write found something else; `found` is the item that stood there."""

    def __init__(self, found: Item | None) -> None:
        super().__init__("condition failed")
        self.found = found


_PASSING = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})
"""Reasons that pass by themselves (DynamoDB API reference, TransactWriteItems)."""


class Contended(Exception):
    """Somebody else was writing one of the items of a transaction at this moment; nothing was written."""


@dataclass(frozen=True)
class Reason:
    """Why a write kept its transaction from taking place; `found`: the item that stood there."""

    code: str
    found: Item | None


class TransactionFailed(Exception):
    """Nothing was written. `reasons` has one entry for each write, in order; None: not its fault."""

    def __init__(self, reasons: Sequence[Reason | None]) -> None:
        super().__init__("transaction failed")
        self.reasons = reasons

    @property
    def contended(self) -> bool:
        """Whether it may get through in a moment: somebody else was writing one of the items, or DynamoDB is busy."""
        return any(reason is not None and reason.code in _PASSING for reason in self.reasons)


def dump(item: Mapping[str, Any]) -> dict[str, Any]:
    """A Python item in DynamoDB's wire form; members that are None are left out."""
    return {name: _to_wire(value) for name, value in item.items() if value is not None}


def expression_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of an expression; None is DynamoDB's NULL, since the expression names it."""
    return {name: _to_wire(value) for name, value in values.items()}


def load(wire: Mapping[str, Any]) -> Item:
    """A Python item from the wire form. Numbers are whole in this table, so they come back as int."""
    return {name: _plain(_from_wire(value)) for name, value in wire.items()}


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(member) for name, member in value.items()}
        case list():
            return [_plain(member) for member in value]
        case set() | str() | bool() | None:
            return value
        case _:
            return int(value)


_TRANSIENT = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
    }
)
"""Errors that pass by themselves (DynamoDB API reference, "Common errors"); the client has tried several times."""


@contextmanager
def _answering() -> Iterator[None]:
    """`Unavailable` when DynamoDB does not answer, or has no room for the request now: nobody is at fault."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _TRANSIENT:
            raise Unavailable("DynamoDB") from error
        raise
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable("DynamoDB") from error


class Table:
    """DynamoDB's client bound to the table. What it cannot do now raises `Unavailable`."""

    def __init__(self, client: "DynamoDBClient", name: str, retention: Retention | None = None) -> None:
        """`retention`: without it nothing expires but what is written with an expiry of its own."""
        self._client = client
        self._name = name
        self.retention = retention or Retention(0, utc_now)

    @_answering()
    def get(self, pk: str, sk: str) -> Item | None:
        """Reads consistently: what a request has written, the next one sees."""
        answer = self._client.get_item(TableName=self._name, Key=dump({"pk": pk, "sk": sk}), ConsistentRead=True)
        return load(answer["Item"]) if "Item" in answer else None

    @_answering()
    def put(self, item: Item, condition: str, values: Mapping[str, Any] | None = None) -> None:
        request: dict[str, Any] = {"TableName": self._name, "Item": dump(self._expiring(item))}
        self._conditional(self._client.put_item, request, condition, values or {})

    @_answering()
    def update(self, pk: str, sk: str, expression: str, condition: str, values: Mapping[str, Any]) -> Item:
        """The item after the update. Attribute names in expressions are written `#name`. Only what may be done in any
        order and any number of times goes without a condition."""
        request = {
            "TableName": self._name,
            "Key": dump({"pk": pk, "sk": sk}),
            "UpdateExpression": expression,
            "ReturnValues": "ALL_NEW",
        }
        expires_at = self.retention.expires_at(pk)
        if expires_at is not None and _EXPIRY not in expression:
            # The update may make the item, as it does with latches.
            sets = f"SET {_EXPIRY} = if_not_exists({_EXPIRY}, :{TTL_ATTRIBUTE})"
            rest = expression.removeprefix("SET ")
            request["UpdateExpression"] = f"{sets}{' ' if rest == expression else ', '}{rest}"
            values = {**values, f":{TTL_ATTRIBUTE}": expires_at}
        answer = self._conditional(self._client.update_item, request, condition, values)
        return load(answer["Attributes"])

    @_answering()
    def delete(
        self, pk: str, sk: str, condition: str = "attribute_exists(pk)", values: Mapping[str, Any] | None = None
    ) -> bool:
        try:
            self._conditional(
                self._client.delete_item,
                {"TableName": self._name, "Key": dump({"pk": pk, "sk": sk})},
                condition,
                values or {},
            )
        except ConditionFailed:
            return False
        return True

    @_answering()
    def create_all(self, items: Sequence[Item]) -> None:
        """Puts new items, all or none; ConditionFailed when one of them exists, Contended when one is being written."""
        puts = [
            {
                "Put": {
                    "TableName": self._name,
                    "Item": dump(self._expiring(item)),
                    "ConditionExpression": "attribute_not_exists(pk)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            }
            for item in items
        ]
        self._transact(puts)

    def _transact(self, items: Sequence[Mapping[str, Any]]) -> None:
        try:
            self._client.transact_write_items(TransactItems=items)  # type: ignore[arg-type]  # built in a loop
        except ClientError as error:
            reasons = error.response.get("CancellationReasons", [])
            for reason in reasons:
                if reason.get("Code") == "ConditionalCheckFailed":
                    raise ConditionFailed(load(reason.get("Item", {})) or None) from error
            if any(reason.get("Code") == "TransactionConflict" for reason in reasons):
                raise Contended from error
            raise

    @_answering()
    def transact(self, writes: Sequence[Mapping[str, Any]]) -> None:
        """All of the writes (of `adapters.transaction`) or none; TransactionFailed says which were refused."""
        requests = [{kind: {"TableName": self._name, **one} for kind, one in write.items()} for write in writes]
        try:
            self._client.transact_write_items(TransactItems=requests)  # type: ignore[arg-type]  # literals, put together
        except ClientError as error:
            reasons = error.response.get("CancellationReasons")
            if reasons is None:
                raise
            raise TransactionFailed([_reason(each) for each in reasons]) from error

    @_answering()
    def delete_all(self, keys: Iterable[tuple[str, str]]) -> None:
        """Deletes items, whether they are there or not."""
        wanted: list[Any] = [{"DeleteRequest": {"Key": dump({"pk": pk, "sk": sk})}} for pk, sk in keys]
        while wanted:
            batch, wanted = wanted[:_BATCH_WRITE], wanted[_BATCH_WRITE:]
            answer = self._client.batch_write_item(RequestItems={self._name: batch})
            wanted += answer["UnprocessedItems"].get(self._name, [])

    @_answering()
    def batch_get(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        """The items that exist, read consistently, in no particular order."""
        wanted = [dump({"pk": pk, "sk": sk}) for pk, sk in dict.fromkeys(keys)]
        found: list[Item] = []
        while wanted:
            batch, wanted = wanted[:_BATCH_GET], wanted[_BATCH_GET:]
            answer = self._client.batch_get_item(RequestItems={self._name: {"Keys": batch, "ConsistentRead": True}})
            found += [load(item) for item in answer["Responses"].get(self._name, [])]
            unprocessed = answer["UnprocessedKeys"].get(self._name)
            wanted += unprocessed["Keys"] if unprocessed else []
        return found

    @_answering()
    def query(
        self,
        condition: str,
        values: Mapping[str, Any],
        *,
        index: str | None = None,
        limit: int | None = None,
        descending: bool = False,
        only: str = "",
        names: Sequence[str] = (),
    ) -> list[Item]:
        """Items of one partition in order, at most `limit`; consistent except on an index.

        only: a condition on what is answered, names: the attributes wanted; what they leave out is read and paid for
        all the same.
        """
        found: list[Item] = []
        request = self._query(condition, values, index, descending)
        if only:
            request["FilterExpression"] = only
        if names:
            request["ProjectionExpression"] = ", ".join(f"#{name}" for name in names)
        if used := expression_names(condition, only, request.get("ProjectionExpression", "")):
            request["ExpressionAttributeNames"] = used
        while limit is None or len(found) < limit:
            if limit is not None:
                request["Limit"] = limit - len(found)
            answer = self._client.query(**request)
            found += [load(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found

    @_answering()
    def count(self, condition: str, values: Mapping[str, Any], *, index: str) -> int:
        """How many items an index partition holds; costs 1 read unit per 8 KB of keys."""
        total = 0
        request = self._query(condition, values, index, descending=False) | {"Select": "COUNT"}
        while True:
            answer = self._client.query(**request)
            total += answer["Count"]
            if "LastEvaluatedKey" not in answer:
                return total
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _query(self, condition: str, values: Mapping[str, Any], index: str | None, descending: bool) -> dict[str, Any]:
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": expression_values(values),
            "ScanIndexForward": not descending,
        }
        if names := expression_names(condition):
            request["ExpressionAttributeNames"] = names
        return request | ({"IndexName": index} if index else {"ConsistentRead": True})

    def _expiring(self, item: Item) -> Item:
        """With the expiry that its partition gives it, unless it has one of its own."""
        return {**item, TTL_ATTRIBUTE: item.get(TTL_ATTRIBUTE) or self.retention.expires_at(item["pk"])}

    def _conditional(self, call: Any, request: dict[str, Any], condition: str, values: Mapping[str, Any]) -> Any:
        if condition:
            request["ConditionExpression"] = condition
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if values:
            request["ExpressionAttributeValues"] = expression_values(values)
        if names := expression_names(condition + " " + request.get("UpdateExpression", "")):
            request["ExpressionAttributeNames"] = names
        try:
            return call(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            found: Any = error.response.get("Item")
            raise ConditionFailed(load(found) if found else None) from error


_NO_NAMES = str.maketrans("(),.", "    ")


def _reason(told: Mapping[str, Any]) -> Reason | None:
    code = told.get("Code", "None")
    return None if code == "None" else Reason(code, load(told["Item"]) if told.get("Item") else None)


def expression_names(*expressions: str) -> dict[str, str]:
    """`#status = :done` -> `{"#status": "status"}`: every name is escaped, reserved word or not."""
    words = " ".join(expressions).translate(_NO_NAMES).split()
    return {word: word[1:] for word in words if word.startswith("#")}
