"""Resources in the table, and beside each who uses it."""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

from stepweave.adapters.table import BY_LIST, ConditionFailed, Item, Table
from stepweave.domain.keyset import Place
from stepweave.domain.reference import Ref, User
from stepweave.domain.resource import DEFAULT_PROJECT, Kind, Resource
from stepweave.services.ports import ResourcePage, Use

_MATCHING = "#list = :list AND #list_key BETWEEN :first AND :last"
_LAST, _NEXT = "\U0010ffff", "\0"
"""What follows every text that begins with a prefix, and what makes the text that follows next (both bounds count)."""
_WRITTEN = "SET " + ", ".join(
    f"#{name} = :{name}"
    for name in ("list", "list_key", "id", "project", "etag", "content", "created_at", "updated_at")
)


class ResourceStore:
    """The port `services.ports.Resources`. The content is kept as JSON text: DynamoDB knows no floats."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, kind: Kind, resource_id: str, project: str = DEFAULT_PROJECT) -> Resource | None:
        item = self._table.get(_pk(Ref(kind, resource_id, project)), kind.upper())
        return _resource(kind, item) if item else None

    def several(self, kind: Kind, ids: Collection[str], project: str = DEFAULT_PROJECT) -> dict[str, Resource]:
        found = self._table.batch_get((_pk(Ref(kind, each, project)), kind.upper()) for each in ids)
        return {item["id"]: _resource(kind, item) for item in found}

    def put(self, resource: Resource, *, was: Resource | None) -> bool:
        """An update, which leaves the number of its uses as it is."""
        condition, values = ("#etag = :was", {":was": was.etag}) if was else ("attribute_not_exists(pk)", {})
        ref = Ref(resource.kind, resource.id, resource.project)
        try:
            self._table.update(_pk(ref), resource.kind.upper(), _WRITTEN, condition, _values(resource) | values)
        except ConditionFailed as error:
            return error.found is not None and error.found["etag"] == resource.etag
        return True

    def remove(self, resource: Resource) -> bool:
        ref = Ref(resource.kind, resource.id, resource.project)
        values: dict[str, Any] = {":etag": resource.etag}
        condition = "#etag = :etag AND attribute_not_exists(#uses)"
        if resource.uses:
            condition, values = "#etag = :etag AND #uses = :uses", {**values, ":uses": resource.uses}
        return self._table.delete(_pk(ref), resource.kind.upper(), condition, values)

    def page(self, kind: Kind, project: str, *, prefix: str, limit: int, at: Place | None) -> ResourcePage:
        """One key more than the page has is read, to see if another follows; and one on its other side."""
        whole = {":list": f"{kind.upper()}S#{project}", ":first": prefix or " ", ":last": f"{prefix}{_LAST}"}
        descending = at is not None and at.side == "before"
        found = self._ids(_from(whole, at), limit + 1, descending=descending)
        more, ids = len(found) > limit, found[:limit]
        other_side = None
        if at is not None and ids:
            opposite: Place = Place("before" if at.side == "after" else "after", ids[0])
            other_side = bool(self._ids(_from(whole, opposite), 1, descending=not descending))
        if descending:
            ids.reverse()
        follows, precedes = (other_side, more) if descending else (more, other_side)
        known = self.several(kind, ids, project)
        return ResourcePage(
            [known[each] for each in ids if each in known],
            self._table.count(_MATCHING, whole, index=BY_LIST),
            Place("after", ids[-1]) if follows else None,
            Place("before", ids[0]) if precedes else None,
        )

    def _ids(self, values: dict[str, str], limit: int, *, descending: bool) -> list[str]:
        if values[":first"] > values[":last"]:
            return []
        keys = self._table.query(_MATCHING, values, index=BY_LIST, limit=limit, descending=descending)
        return [key["list_key"] for key in keys]

    def use(self, ref: Ref, user: User, now: str) -> None:
        """The row comes before the count: who finds the count as it was has found all rows."""
        self._table.put({"pk": _pk(ref), "sk": _sk(user), "since": now}, "")
        with suppress(ConditionFailed):
            self._table.update(_pk(ref), ref.kind.upper(), "ADD #uses :one", "attribute_exists(pk)", {":one": 1})

    def release(self, ref: Ref, user: User, *, before: str) -> None:
        self._table.delete(_pk(ref), _sk(user), "#since < :before", {":before": before})

    def uses(self, ref: Ref, limit: int) -> Sequence[Use]:
        condition = "pk = :pk AND begins_with(sk, :use)"
        found = self._table.query(condition, {":pk": _pk(ref), ":use": "USE#"}, limit=limit)
        return [Use(_user(item["sk"]), item["since"]) for item in found]


def _pk(ref: Ref) -> str:
    return f"{ref.kind.upper()}#{ref.project}#{ref.id}"


def _sk(user: User) -> str:
    return f"USE#{user.kind}#{user.project}#{user.id}"


def _user(sk: str) -> User:
    kind, project, user_id = sk.split("#")[1:]
    return User(kind, user_id, project)  # type: ignore[arg-type]  # as `_sk` wrote it


def _from(whole: dict[str, str], at: Place | None) -> dict[str, str]:
    """The bounds of what is on that side of an id."""
    match at:
        case None:
            return whole
        case Place("after", resource_id):
            return {**whole, ":first": max(whole[":first"], f"{resource_id}{_NEXT}")}
        case Place(_, resource_id):
            return {**whole, ":last": min(whole[":last"], _before(resource_id))}


def _before(resource_id: str) -> str:
    """What sorts after every id that is below this one, and below it: ids have no characters beyond ASCII."""
    return f"{resource_id[:-1]}{chr(ord(resource_id[-1]) - 1)}{_LAST}"


def _values(resource: Resource) -> dict[str, Any]:
    return {
        ":list": f"{resource.kind.upper()}S#{resource.project}",
        ":list_key": resource.id,
        ":id": resource.id,
        ":project": resource.project,
        ":etag": resource.etag,
        ":content": json.dumps(resource.content, ensure_ascii=False),
        ":created_at": resource.created_at,
        ":updated_at": resource.updated_at,
    }


def _resource(kind: Kind, item: Item) -> Resource:
    content: Any = json.loads(item["content"])
    facts = (item["etag"], item["created_at"], item["updated_at"], item["project"])
    return Resource(kind, item["id"], content, *facts, uses=item.get("uses", 0))
