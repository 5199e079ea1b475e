"""The plan of a definition: everything that a step's function needs to know, with defaults, in seconds."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from stepweave.compiler.graph import Graph, Scope
from stepweave.compiler.links import branches
from stepweave.compiler.places import config_of, places
from stepweave.compiler.references import NOTHING
from stepweave.compiler.woven import Await, Branch, Parallel, Weave, all_in, await_id, ids_in
from stepweave.domain.definition import Definition, WorkflowConfig
from stepweave.domain.duration import seconds_of
from stepweave.domain.plan import PLAN_FORMAT, Naming, Plan, PlanAwait, PlanRetry, PlanStep
from stepweave.domain.step import MAX_ATTEMPT_SECONDS, ConditionStep, LoopStep, Retry, Step

Jumps = dict[str, list[str]]

ATTEMPT_SECONDS: Mapping[str, float] = {
    "http_request": 60.0,
    "webhook": 30.0,
    "condition": 60.0,
    "loop": 60.0,
    "wait": 60.0,
    "script": 300.0,
    "agent_task": float(MAX_ATTEMPT_SECONDS),
}
"""How long an attempt may take where the definition does not say."""


def plan(definition: Definition, graph: Graph, woven: Weave) -> Plan:
    """The plan of a valid definition and its weave."""
    config = definition.config
    jumps = _jumps(woven)
    linked = {loop: _Linked(scope) for loop, scope in graph.scopes.items()}
    steps: dict[str, PlanStep] = {}
    for name, scope in _in_order(graph, graph.top):
        around = scope.loops[-1] if scope.loops else ""
        steps[name] = _plan_step(name, scope, linked[around], graph, config, jumps)
    for condition, jumped in jumps.items():
        for name in jumped[""]:
            steps[name]["blocks"].append(condition)
    awaits = _awaits(woven, steps)
    for name, each in awaits.items():
        for waited_for in each["waits_for"]:
            steps[waited_for]["opens"].append(name)
    whole = Plan(
        format=PLAN_FORMAT,
        steps=steps,
        awaits=awaits,
        outputs=dict(definition.outputs),
        env=dict(config.env),
        run_timeout=_seconds(config.run_timeout),
        max_concurrent_runs=config.concurrency.limit if config.concurrency else None,
    )
    if forks := sorted(next(ids_in(part)) for part in all_in(woven) if isinstance(part, Parallel)):
        whole["forks"] = forks
    return whole


def plan_key(plan: Plan) -> str:
    """A name for a plan that is the same for equal plans: 16 hex digits."""
    text = json.dumps(plan, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _in_order(graph: Graph, scope: Scope) -> Iterator[tuple[str, Scope]]:
    """Each step after all it waits for; the steps in a loop right after it."""
    for name in scope.order:
        yield name, scope
        if name in graph.scopes:
            yield from _in_order(graph, graph.scopes[name])


class _Linked:
    """The links of a scope by the step that they are about."""

    def __init__(self, scope: Scope) -> None:
        self.named_by: dict[str, set[tuple[str, str]]] = {}
        self.handles: dict[str, set[str]] = {}
        self.gone: set[str] = set()
        for link in scope.links:
            if link.kind == "branch":
                self.named_by.setdefault(link.after, set()).add((link.before, link.branch))
            elif link.kind == "goto":
                self.handles.setdefault(link.after, set()).add(link.before)
                self.gone.add(link.before)


def _plan_step(
    name: str, scope: Scope, linked: _Linked, graph: Graph, config: WorkflowConfig, jumps: Mapping[str, Jumps]
) -> PlanStep:
    step = scope.steps[name]
    found = NOTHING
    for place in places(step, ""):
        found |= place.references()
    planned = PlanStep(
        id=name,
        type=step.type,
        config=config_of(step),
        depends_on=list(dict.fromkeys(step.depends_on)),
        named_by=[Naming(condition=by, branch=branch) for by, branch in sorted(linked.named_by.get(name, ()))],
        handles=sorted(linked.handles.get(name, ())),
        blocks=[],
        reads=sorted(found.steps.union(graph.upstream(name, scope) if found.dynamic else ())),
        when=step.when,
        retry=_retry(step, config),
        attempt_timeout=_attempt_timeout(step, config),
        step_timeout=_step_timeout(step, config),
        on_error="goto" if name in linked.gone else "continue" if step.on_error == "continue" else "fail",
        branches={b: list(names) for b, names in branches(step).items()} if isinstance(step, ConditionStep) else {},
        jumps={branch: list(names) for branch, names in jumps.get(name, {}).items()},
        loops=list(scope.loops),
        opens=[],
        body=list(graph.scopes[name].order) if name in graph.scopes else [],
    )
    if found.secrets:
        planned["secrets"] = sorted(found.secrets)
    return planned


def _jumps(woven: Weave) -> dict[str, Jumps]:
    """Of each condition with a choice, branch -> the steps jumped over when it is taken; "" when none is."""
    held: dict[str, dict[str, set[str]]] = {}
    for part in all_in(woven):
        if isinstance(part, Branch):
            blocks = held.setdefault(part.condition, {})
            for branch, block in part.blocks:
                blocks.setdefault(branch, set()).update(ids_in(block))
    return {condition: _jumped(blocks) for condition, blocks in sorted(held.items())}


def _jumped(blocks: Mapping[str, set[str]]) -> Jumps:
    every = set().union(*blocks.values())
    return {branch: sorted(every - blocks.get(branch, set())) for branch in ["", *sorted(blocks)]}


def _awaits(woven: Weave, steps: Mapping[str, PlanStep]) -> dict[str, PlanAwait]:
    """By id, sorted; each belongs to the scope of the step that it stands before."""
    awaits = sorted((part for part in all_in(woven) if isinstance(part, Await)), key=lambda each: each.step)
    return {
        await_id(each): PlanAwait(
            id=await_id(each), waits_for=list(each.waits_for), loops=list(steps[each.step]["loops"])
        )
        for each in awaits
    }


def _retry(step: Step, config: WorkflowConfig) -> PlanRetry:
    policy = config.retry_policy
    if step.retry is None and policy is not None:
        never = set(policy.non_retryable_error_types)
        return PlanRetry(
            max_attempts=policy.maximum_attempts,
            on=[each for each in Retry().on if each not in never],
            initial_interval=seconds_of(policy.initial_interval),
            backoff_coefficient=policy.backoff_coefficient,
            maximum_interval=seconds_of(policy.maximum_interval),
        )
    retry = step.retry or Retry()
    if step.retry is None and step.type == "webhook":
        return _delivery_retry(config)
    return PlanRetry(
        max_attempts=retry.max_attempts,
        on=list(retry.on),
        initial_interval=seconds_of(retry.initial_interval),
        backoff_coefficient=retry.backoff_coefficient,
        maximum_interval=seconds_of(retry.maximum_interval),
    )


def _step_timeout(step: Step, config: WorkflowConfig) -> float | None:
    """A loop's own time is for all of its items; that of other steps is for an attempt."""
    if isinstance(step, LoopStep) and step.timeout_seconds is not None:
        return step.timeout_seconds
    return _seconds(config.schedule_to_close_timeout)


DELIVERY_PAUSES = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Seconds between the attempts of a webhook: the schedule that Standard Webhooks recommends, over some three days."""


def _delivery_retry(config: WorkflowConfig) -> PlanRetry:
    """That schedule, as far as the step's and the run's own bounds let it come."""
    bounds = [_seconds(config.schedule_to_close_timeout), _seconds(config.run_timeout)]
    bound = min((each for each in bounds if each is not None), default=float("inf"))
    pauses = [pause for at, pause in enumerate(DELIVERY_PAUSES) if sum(DELIVERY_PAUSES[: at + 1]) < bound]
    usual = Retry()
    retry = PlanRetry(
        max_attempts=1 + len(pauses),
        on=list(usual.on),
        initial_interval=seconds_of(usual.initial_interval),
        backoff_coefficient=usual.backoff_coefficient,
        maximum_interval=seconds_of(usual.maximum_interval),
    )
    if pauses:
        retry["pauses"] = pauses
    return retry


def _attempt_timeout(step: Step, config: WorkflowConfig) -> float:
    if step.timeout_seconds is not None and not isinstance(step, LoopStep):
        return step.timeout_seconds
    limit = _seconds(config.start_to_close_timeout)
    return ATTEMPT_SECONDS[step.type] if limit is None else min(limit, float(MAX_ATTEMPT_SECONDS))


def _seconds(duration: Any) -> float | None:
    return None if duration is None else seconds_of(duration)
