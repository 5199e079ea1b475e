"""Inbound webhooks: a delivery to a workflow's own address starts a run, once it has proved where it comes from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.compiler.expressions import evaluate, joined_text, render, truth
from stepweave.domain.api_key import Caller
from stepweave.domain.secret import named_secret
from stepweave.domain.signature import Signed, is_signed
from stepweave.domain.trigger import events_of, hook_of
from stepweave.errors import (
    DuplicateDelivery,
    ExpressionError,
    Fault,
    Invalid,
    NotFound,
    StepError,
    Unauthenticated,
    Unavailable,
)
from stepweave.services.ports import Secrets
from stepweave.services.start import StartRun
from stepweave.services.triggered_runs import TriggeredPorts, begin, checked, once

_KEPT_BACK = frozenset({"authorization", "cookie"})
"""Headers that no expression sees: what is in a run's input can be read by everybody with a key."""
_IDS = {"github": "x-github-delivery", "standard": "webhook-id"}
_BODY_IDS = {"stripe": "id", "slack": "event_id"}
Hook = Mapping[str, Any]
Event = Mapping[str, Any]


@dataclass(frozen=True)
class Delivery:
    """As it came: names of headers in lower case, the raw bytes, and how to read them, which may raise."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    raw: bytes
    read: Callable[[], Any]


@dataclass(frozen=True)
class Received:
    """The run; or none: no filter lets it pass, or it is Slack's question whether anybody is there. event: what the
    event is called that it is."""

    run_id: str | None = None
    event: str = ""
    challenge: str | None = None


def receive(slug: str, delivery: Delivery, secrets: Secrets, ports: TriggeredPorts) -> Received:
    """The run that a delivery starts. Nothing of the body is read before its signature is found good.

    Raises `NotFound`, `Unauthenticated`, `DuplicateDelivery`, `Invalid`, `Unavailable` when the secret cannot be read
    now (senders try again), and what starting a run raises.
    """
    workflow_id, hook = _hook(slug, ports)
    _verify(hook, workflow_id, delivery, secrets, ports)
    body = delivery.read()
    strategy = hook.get("verify", {}).get("strategy", "none")
    if strategy == "slack" and isinstance(body, Mapping) and body.get("type") == "url_verification":
        return Received(challenge=str(body.get("challenge", "")))
    headers = {name: value for name, value in delivery.headers.items() if name not in _KEPT_BACK}
    scope = {"headers": headers, "body": body, "query": dict(delivery.query)}
    event = next((each for each in events_of(hook) if _passes(each, _told(hook, each), scope, ports)), None)
    if event is None:
        return Received()
    given = _input(event, _told(hook, event), scope, ports)
    key = _key(hook, strategy, scope, ports)
    known = once(f"hook/{slug.lower()}", key) if key else None
    wanted = StartRun(checked(event, given, ""), "webhook", labels=_labels(hook, event), once=known)
    begun = begin(Caller(f"hook/{hook['slug']}", "write"), workflow_id, wanted, ports)
    if begun.duplicate:
        raise DuplicateDelivery(begun.run_id)
    return Received(begun.run_id, event["name"])


def _hook(slug: str, ports: TriggeredPorts) -> tuple[str, Hook]:
    workflow_id = ports.triggers.hook(slug)
    found = ports.workflows.get(workflow_id) if workflow_id else None
    hook = hook_of(found.version.definition, slug) if found else None
    if found is None or hook is None:
        raise NotFound("hook", slug)
    return found.workflow.id, hook


def _verify(hook: Hook, workflow_id: str, delivery: Delivery, secrets: Secrets, ports: TriggeredPorts) -> None:
    """Says not what is wrong with a signature: who makes one up learns nothing."""
    verify = hook.get("verify", {})
    strategy = verify.get("strategy", "none")
    if strategy == "none":
        return
    values = [_secret(verify["secret"], workflow_id, secrets, ports)]
    if verify.get("previous_secret") is not None:
        values.append(_secret(verify["previous_secret"], workflow_id, secrets, ports))
    known = [value for value in values if value]
    if not known:
        raise Unavailable("The secret of this hook")
    signed, now = Signed(delivery.headers, delivery.raw), ports.clock().timestamp()
    if not is_signed(strategy, signed, known, now, header=verify.get("header")):
        raise Unauthenticated("The signature of this delivery is missing, wrong or too old.")


def _secret(text: str, workflow_id: str, secrets: Secrets, ports: TriggeredPorts) -> str:
    """Empty when there is none for this workflow: of two, the one that is there holds."""
    name = named_secret(text) or ""
    try:
        secret = secrets.get(name)
    except StepError as error:
        ports.tell.fault("hook_secret_unavailable", error, workflow_id=workflow_id, secret=name)
        raise Unavailable("The store of secrets") from error
    if secret is None or (secret.workflows and workflow_id not in secret.workflows):
        ports.tell("hook_secret_missing", workflow_id=workflow_id, secret=name)
        return ""
    return secret.value


def _told(hook: Hook, event: Event) -> str:
    """What an event is called in messages: a hook without a list has but itself."""
    return f"event '{event['name']}'" if "events" in hook else "hook"


def _labels(hook: Hook, event: Event) -> dict[str, str]:
    named = {"event": event["name"]} if "events" in hook else {}
    return {"hook": hook["slug"], **named}


def _passes(event: Event, told: str, scope: Mapping[str, Any], ports: TriggeredPorts) -> bool:
    return event.get("filter") is None or truth(_evaluated(f"filter of the {told}", event["filter"], scope, ports))


def _input(event: Event, told: str, scope: Mapping[str, Any], ports: TriggeredPorts) -> Any:
    """Without `input` the body, when it is an object, else an object with the body."""
    if event.get("input") is None:
        return scope["body"] if isinstance(scope["body"], Mapping) else {"body": scope["body"]}
    try:
        return render(event["input"], scope, now=ports.clock())
    except ExpressionError as error:
        raise Invalid([Fault("", f"The input of the {told}: {error.message}")]) from error


def _key(hook: Hook, strategy: str, scope: Mapping[str, Any], ports: TriggeredPorts) -> str:
    """What a delivery is known by; empty when its sender names it not."""
    headers, body = scope["headers"], scope["body"]
    if hook.get("dedupe") is not None:
        return joined_text(_evaluated("dedupe of the hook", hook["dedupe"], scope, ports))
    if strategy in _BODY_IDS:
        return joined_text(body.get(_BODY_IDS[strategy])) if isinstance(body, Mapping) else ""
    name = _IDS.get(strategy)
    return str(headers.get(name or "x-idempotency-key") or headers.get("idempotency-key") or "")


def _evaluated(what: str, expression: str, scope: Mapping[str, Any], ports: TriggeredPorts) -> Any:
    """None for an expression that yields nothing: it names what this delivery does not have."""
    try:
        return evaluate(expression, scope, now=ports.clock())
    except ExpressionError as error:
        if error.code == "expression_no_value":
            return None
        raise Invalid([Fault("", f"The {what}: {error.message}")]) from error
