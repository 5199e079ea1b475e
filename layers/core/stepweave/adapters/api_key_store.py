"""API keys in the table."""

from collections.abc import Sequence
from dataclasses import asdict

from stepweave.adapters.lists import page_of_keys
from stepweave.adapters.table import BY_LIST, ConditionFailed, Item, Table, TransactionFailed
from stepweave.adapters.transaction import check, delete
from stepweave.domain.api_key import ApiKey
from stepweave.errors import Unavailable
from stepweave.services.ports import Page

_LIST = "KEYS"
_EXPIRY = "ends_at"
"""Of the key: the table's `expires_at` would have DynamoDB delete the item, and nobody could be told why it is gone."""
SK = "KEY"


def pk_of(key_id: str) -> str:
    return f"KEY#{key_id}"


class ApiKeyStore:
    """The port `services.ports.ApiKeys`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, key_id: str) -> ApiKey | None:
        item = self._table.get(pk_of(key_id), SK)
        return key_in(item) if item else None

    def add(self, key: ApiKey) -> None:
        facts = {_EXPIRY if name == "expires_at" else name: value for name, value in asdict(key).items()}
        place = {"pk": pk_of(key.id), "sk": SK, "list": _LIST, "list_key": key.id}
        self._table.put({**facts, **place}, "attribute_not_exists(pk)")

    def rotate(self, key: ApiKey, *, was: str) -> bool:
        changes = {":new": key.secret_sha256, ":old_secrets": dict(key.old_secrets), ":at": key.rotated_at}
        changed = "SET #secret_sha256 = :new, #old_secrets = :old_secrets, #rotated_at = :at"
        try:
            self._table.update(pk_of(key.id), SK, changed, "#secret_sha256 = :was", {**changes, ":was": was})
        except ConditionFailed as error:
            return error.found is not None and error.found["secret_sha256"] == key.secret_sha256
        return True

    def remove(self, key_id: str) -> bool:
        return self._table.delete(pk_of(key_id), SK)

    def remove_beside(self, key_id: str, other_id: str) -> bool:
        """In one transaction, so that no two keys can remove each other."""
        try:
            self._table.transact([delete(pk_of(key_id), SK), check(pk_of(other_id), SK, "attribute_exists(pk)")])
        except TransactionFailed as error:
            if error.contended:
                raise Unavailable("DynamoDB") from error
            return False
        return True

    def all(self) -> Sequence[ApiKey]:
        """Oldest first."""
        return self._read(self._table.query("#list = :list", {":list": _LIST}, index=BY_LIST))

    def page(self, *, limit: int, offset: int, cursor: str | None) -> Page[ApiKey]:
        keys = page_of_keys(self._table, _LIST, limit=limit, offset=offset, cursor=cursor, ascending=True)
        return Page(self._read(keys.items), keys.total, keys.next_cursor)

    def _read(self, keys: Sequence[Item]) -> Sequence[ApiKey]:
        items = self._table.batch_get((key["pk"], key["sk"]) for key in keys)
        return sorted((key_in(item) for item in items), key=lambda key: key.id)


def key_in(item: Item) -> ApiKey:
    """The key that an item holds."""
    return ApiKey(
        id=item["id"],
        name=item["name"],
        role=item["role"],
        secret_sha256=item["secret_sha256"],
        created_at=item["created_at"],
        created_by=item.get("created_by"),
        expires_at=item.get(_EXPIRY),
        rotated_at=item.get("rotated_at"),
        last_used_at=item.get("last_used_at"),
        old_secrets=item.get("old_secrets", {}),
    )
