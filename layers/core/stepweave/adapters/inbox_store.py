"""Inboxes and signals in the table."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from stepweave.adapters.table import ConditionFailed, Item, Table
from stepweave.adapters.value_items import value_from, value_item
from stepweave.domain.inbox import Inbox, Signal
from stepweave.domain.run import Value

_INBOX = "INBOX#"


class InboxStore:
    """The port `services.ports.Inboxes`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, run_id: str, name: str) -> Inbox:
        item = self._table.get(f"RUN#{run_id}", _INBOX + name)
        return _inbox(item) if item else Inbox()

    def put(self, run_id: str, name: str, inbox: Inbox, *, was: int) -> bool:
        held = {"waits": inbox.waits, "signals": inbox.signals, "given": dict(inbox.given)}
        item = {"pk": f"RUN#{run_id}", "sk": _INBOX + name, "held": json.dumps(held), "rev": inbox.rev}
        condition, values = ("#rev = :was", {":was": was}) if was else ("attribute_not_exists(pk)", {})
        try:
            self._table.put(item, condition, values)
        except ConditionFailed as error:
            # The same write, sent twice because its answer was lost, has succeeded.
            return error.found is not None and _inbox(error.found) == inbox
        return True

    def all(self, run_id: str) -> Mapping[str, Inbox]:
        values = {":pk": f"RUN#{run_id}", ":inbox": _INBOX}
        items = self._table.query("pk = :pk AND begins_with(sk, :inbox)", values)
        return {item["sk"].removeprefix(_INBOX): _inbox(item) for item in items}

    def keep(self, signal: Signal) -> Signal:
        try:
            self._table.put(_signal_item(signal), "attribute_not_exists(pk)")
        except ConditionFailed as error:
            return _signal(error.found) if error.found else signal
        return signal

    def signal(self, run_id: str, signal_id: str) -> Signal | None:
        item = self._table.get(f"RUN#{run_id}", f"INCOMING#{signal_id}")
        return _signal(item) if item else None


def _inbox(item: Item) -> Inbox:
    held = json.loads(item["held"])
    return Inbox(tuple(held["waits"]), tuple(held["signals"]), held["given"], item["rev"])


def _signal_item(signal: Signal) -> Item:
    facts = {**asdict(signal), "payload": value_item(signal.payload)}
    return {**facts, "pk": f"RUN#{signal.run_id}", "sk": f"INCOMING#{signal.id}"}


def _signal(item: Item) -> Signal:
    return Signal(
        id=item["id"],
        run_id=item["run_id"],
        name=item["name"],
        payload=value_from(item["payload"]) or Value(inline="null", size=4),
        sent_at=item["sent_at"],
        sent_by=item["sent_by"],
    )
