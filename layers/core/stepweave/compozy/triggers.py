"""Triggers: Compozy's nested `webhook` block as a trigger of ours; signals are the same in both.

{"type": "webhook", "webhook": {"slug": "pay", "events": [{"name": "paid", "filter": "payload.ok", "input": {...}}]}}
    =>   {"type": "webhook", "slug": "pay", "events": [{"name": "paid", "filter": "body.ok", "input": {...}}]}
"""

import re
from collections.abc import Mapping
from typing import Any

from stepweave.compozy.form import Event, Trigger, Verify, Webhook, read_form
from stepweave.compozy.jsonata import Path, Source, read
from stepweave.compozy.names import Names
from stepweave.compozy.refusal import Refusal, Refusals
from stepweave.compozy.texts import Texts
from stepweave.domain.duration import seconds_of

Json = dict[str, Any]
SKEW = 300
"""Seconds that a signed time may be off: fixed in ours, and what Compozy takes unless it is told otherwise."""
_ENV = re.compile(r"\{\{-?\s*\.?env\.([A-Za-z_][A-Za-z0-9_]*)\s*-?\}\}")
_KEY = re.compile(r"(?:\$\.)?([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)")


def translated_trigger(trigger: Mapping[str, Any], at: str, refusals: Refusals) -> Json:
    """A trigger of ours; empty when it cannot be, and why is told."""
    form: Trigger | None = read_form(Trigger, trigger, at, refusals.problems)
    if form is None:
        return {}
    if form.type == "webhook":
        return _webhook(form.webhook, at, refusals)
    if form.webhook is not None:
        refusals.add(f"{at}/webhook", "A signal has no webhook", "Leave it out.")
    if form.name is None:
        refusals.add(f"{at}/name", "A signal needs a name", "", "missing_member")
    signal: Json = {"type": "signal", "name": form.name}
    return {**signal, "schema": form.schema_} if form.schema_ is not None else signal


def _webhook(webhook: Webhook | None, at: str, refusals: Refusals) -> Json:
    if webhook is None:
        refusals.add(f"{at}/webhook", "A trigger of type webhook needs its webhook", "", "missing_member")
        return {}
    at = f"{at}/webhook"
    if webhook.method.upper() != "POST":
        refusals.add(f"{at}/method", f"'{webhook.method[:20]}' is not taken: hooks are POSTed to", "Leave it out.")
    made: Json = {"type": "webhook", "slug": webhook.slug}
    made["events"] = [_event(each, f"{at}/events/{index}", refusals) for index, each in enumerate(webhook.events)]
    if webhook.verify.strategy != "none":
        made["verify"] = _verify(webhook.verify, f"{at}/verify", refusals)
    return {**made, **_dedupe(webhook, at, refusals)}


def _event(event: Event, at: str, refusals: Refusals) -> Json:
    texts, names = Texts(refusals), _names()
    made: Json = {"name": event.name, "filter": texts.condition(event.filter, names, f"{at}/filter").text}
    made["input"] = texts.fill(event.input, names, f"{at}/input")
    return {**made, "schema": event.schema_} if event.schema_ is not None else made


def _names() -> Names:
    def nothing(_path: Path) -> Source:
        raise Refusal("there is no input before a run", "Read 'payload', 'headers' and 'query'.")

    return Names("", {}, {}, nothing, roots={"payload": "body", "headers": "headers", "query": "query"})


def _verify(verify: Verify, at: str, refusals: Refusals) -> Json:
    made: Json = {"strategy": verify.strategy}
    named = _ENV.fullmatch((verify.secret or "").strip())
    if named is not None:
        made["secret"] = f"{{{{ secrets.{named[1]} }}}}"
    elif verify.secret is not None:
        made["secret"] = verify.secret
    if verify.header is not None:
        made["header"] = verify.header
    if verify.skew is not None and seconds_of(verify.skew) != SKEW:
        refusals.add(f"{at}/skew", "A signature's time may be 5 minutes off, no more and no less", "Leave it out.")
    return made


def _dedupe(webhook: Webhook, at: str, refusals: Refusals) -> Json:
    dedupe = webhook.dedupe
    if dedupe is None:
        return {}
    if not dedupe.enabled:
        reason = "A delivery that comes again never starts a second run"
        refusals.add(f"{at}/dedupe/enabled", reason, "Leave 'dedupe' out, or enable it.")
    if dedupe.key is None:
        return {}
    found = _KEY.fullmatch(dedupe.key)
    if found is None:
        refusals.add(f"{at}/dedupe/key", "The key is no plain path into the payload", "Write for example 'data.id'.")
        return {}
    return {"dedupe": read("body", found[1].split("."))}
