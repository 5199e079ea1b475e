"""The journal: every item and object the embedded AWS has acknowledged, in one SQLite file.

It is written before a call is answered, so that what was acknowledged survives the end of the process, however it came.
WAL with `synchronous=NORMAL` hands each commit to the operating system: a killed process loses nothing, a power cut may
lose the last moments (https://www.sqlite.org/pragma.html#pragma_synchronous).

One process owns the file (`home.py`). A guest, such as `stepweave keys create` beside a running server, may write
too: it lists what it wrote in `guest_writes`, and the owner takes that over before its next call.
"""

import base64
import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stepweave.local.unusable import Unusable

Image = dict[str, Any]
Write = tuple[str, Image, Image | None]
"""Table, key, and the item as it stands afterwards (None: it is gone), the latter two in DynamoDB's wire form."""

_SCHEMA = """
create table if not exists items (tbl text, key text, image text not null, primary key (tbl, key)) without rowid;
create table if not exists objects (bucket text, key text, body blob not null, primary key (bucket, key));
create table if not exists guest_writes (tbl text, key text, primary key (tbl, key)) without rowid;
"""


class JournalUnusable(Unusable):
    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be used: {why}. Mend it, or name another folder with STEPWEAVE_HOME.")


class Journal:
    """Safe to use from any thread. `JournalUnusable` when the file cannot be opened or is no journal."""

    def __init__(self, path: Path, *, guest: bool = False) -> None:
        self._guest = guest
        self._lock = threading.RLock()
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise JournalUnusable(path, str(error)) from error
        self._data_version = -1

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def write(self, writes: Sequence[Write]) -> None:
        """All of them or none."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                for table, key, image in writes:
                    self._write_one(table, _dump(key), image)
                self._db.execute("commit")
            except BaseException:
                self._db.execute("rollback")
                raise

    def _write_one(self, table: str, key: str, image: Image | None) -> None:
        if image is None:
            self._db.execute("delete from items where tbl = ? and key = ?", (table, key))
        else:
            self._db.execute("insert or replace into items values (?, ?, ?)", (table, key, _dump(image)))
        if self._guest:
            self._db.execute("insert or replace into guest_writes values (?, ?)", (table, key))

    def items(self) -> Iterator[tuple[str, Image]]:
        """Every item with its table; afterwards nothing of a guest is outstanding."""
        with self._lock:
            if not self._guest:
                self._db.execute("delete from guest_writes")
            rows = self._db.execute("select tbl, image from items").fetchall()
        return ((table, _load(image)) for table, image in rows)

    def guest_writes(self) -> list[Write]:
        """What guests have written since the last call. Costs microseconds when they have not."""
        with self._lock:
            (version,) = self._db.execute("pragma data_version").fetchone()
            if self._guest or version == self._data_version:
                return []
            self._data_version = version
            self._db.execute("begin immediate")
            rows = self._db.execute(
                "select tbl, key, image from guest_writes left join items using (tbl, key)"
            ).fetchall()
            self._db.execute("delete from guest_writes")
            self._db.execute("commit")
        return [(table, _load(key), _load(image) if image else None) for table, key, image in rows]

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        with self._lock:
            self._db.execute("insert or replace into objects values (?, ?, ?)", (bucket, key, body))

    def delete_object(self, bucket: str, key: str) -> None:
        with self._lock:
            self._db.execute("delete from objects where bucket = ? and key = ?", (bucket, key))

    def objects(self) -> Iterator[tuple[str, str, bytes]]:
        """Bucket, key and body of every object."""
        with self._lock:
            return iter(self._db.execute("select bucket, key, body from objects").fetchall())


def _dump(value: Image) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_binary)


def _binary(value: object) -> dict[str, str]:
    if not isinstance(value, bytes | bytearray):
        raise TypeError(f"{type(value).__name__} has no place in an item of DynamoDB")
    return {"$bytes": base64.b64encode(value).decode()}


def _load(text: str) -> Image:
    image: Image = json.loads(text, object_hook=_from_binary)
    return image


def _from_binary(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value
