"""API keys in the table."""

from collections.abc import Sequence
from dataclasses import asdict

from stepweave.adapters.table import BY_LIST, Item, Table
from stepweave.domain.api_key import ApiKey

_LIST = "KEYS"


class ApiKeyStore:
    """The port `services.ports.ApiKeys`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, key_id: str) -> ApiKey | None:
        item = self._table.get(f"KEY#{key_id}", "KEY")
        return _key(item) if item else None

    def add(self, key: ApiKey) -> None:
        place = {"pk": f"KEY#{key.id}", "sk": "KEY", "list": _LIST, "list_key": key.id}
        self._table.put({**asdict(key), **place}, "attribute_not_exists(pk)")

    def remove(self, key_id: str) -> bool:
        return self._table.delete(f"KEY#{key_id}", "KEY")

    def all(self) -> Sequence[ApiKey]:
        """Oldest first."""
        keys = self._table.query("#list = :list", {":list": _LIST}, index=BY_LIST)
        items = self._table.batch_get((key["pk"], key["sk"]) for key in keys)
        return sorted((_key(item) for item in items), key=lambda key: key.id)


def _key(item: Item) -> ApiKey:
    return ApiKey(item["id"], item["name"], item["role"], item["secret_sha256"], item["created_at"])
