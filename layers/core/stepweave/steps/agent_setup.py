"""What an agent is for one attempt of a step: its configuration, with its prompts and its model filled in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.compiler.expressions import joined_text, render
from stepweave.compiler.references import references
from stepweave.compiler.schema_values import value_problems, with_defaults
from stepweave.domain.agent import without_leading_dots
from stepweave.domain.credential import is_secret_name
from stepweave.domain.resource import Resource
from stepweave.errors import StepError
from stepweave.services.ports import StepContext
from stepweave.services.ports.models import ModelSettings
from stepweave.services.ports.resources import KnownResources
from stepweave.steps.chat_completions import ENDPOINTS
from stepweave.steps.config import check_config, invalid_config, kind_of, text_at
from stepweave.steps.stored_tools import with_stored_tools

DEFAULT_TURNS = 10
BEDROCK = "bedrock"


@dataclass(frozen=True)
class Setup:
    """`content`: the agent's configuration; `env`: its variables, also those with secrets, for tools alone, and
    `env_hosts` of each of these that is bound to hosts, these. `given`: what `with` gives."""

    agent_id: str
    content: Mapping[str, Any]
    settings: ModelSettings
    instructions: str
    prompt: str
    schema: Mapping[str, Any] | None
    schema_place: str
    env: Mapping[str, str]
    env_hosts: tuple[tuple[str, ...], ...]
    given: Mapping[str, Any]
    most_turns: int

    def hosts_of(self, value: Any) -> tuple[tuple[str, ...], ...]:
        """What binds a part of the configuration through the variables that its expressions may read."""
        return self.env_hosts if reads_env(value) else ()


def reads_env(value: Any) -> bool:
    found = references(value)
    return found.dynamic or "env" in found.roots


def setup_of(context: StepContext, agents: KnownResources) -> Setup:
    """`StepError` `agent_not_found`, `tool_not_found`, `action_not_found`, `model_not_configured` or
    `invalid_config`."""
    config = check_config(context.config)
    agent = _agent(text_at(config, "agent_id"), agents)
    content: Mapping[str, Any] = without_leading_dots(with_stored_tools(agent, agents))
    own = context.fill(content.get("env") or {}, {"input": {}, "env": context.env})
    env = {**context.env, **own.value}
    for name, value in env.items():
        if is_secret_name(name):
            context.conceal(str(value))
    shown_env = {name: value for name, value in env.items() if not _has_secret(name, content)}
    action = _action(config, content, agent.id)
    given = _given(config, action, content, {"env": shown_env, "run": context.evaluate("run")})
    scope = {"input": given, "env": shown_env, "run": context.evaluate("run")}
    schema, place = _schema(config, action)
    hosts = (*context.secret_hosts, *(own.hosts if reads_env(_model(content)) else ()))
    settings = _settings(context, agent.id, content, {"env": env}, hosts)
    task = joined_text(context.evaluate("$exists(input.task) ? input.task : ''"))
    instructions = joined_text(render(content.get("instructions") or "", scope)).replace("$ARGUMENTS", task)
    prompt = _prompt(config, action, scope).replace("$ARGUMENTS", task)
    most_turns = content.get("max_iterations") or _model(content).get("max_tool_iterations") or DEFAULT_TURNS
    return Setup(
        agent.id,
        content,
        settings,
        instructions,
        prompt,
        schema,
        place,
        env,
        own.hosts,
        given,
        most_turns,
    )


def _agent(agent_id: str, agents: KnownResources) -> Resource:
    found = agents.get("agent", agent_id)
    if found is None:
        message = (
            f"There is no agent '{agent_id[:100]}'. Put it with `stepweave agents put FILE --id {agent_id[:100]}`."
        )
        raise StepError("agent_not_found", message, details={"agent_id": agent_id[:100]})
    return found


def _has_secret(name: str, content: Mapping[str, Any]) -> bool:
    """Whether a variable holds a credential, which no prompt is to have."""
    return is_secret_name(name) or bool(references((content.get("env") or {}).get(name)).secrets)


def _action(config: Mapping[str, Any], content: Mapping[str, Any], agent_id: str) -> Mapping[str, Any] | None:
    if config.get("goal") is not None:
        return None
    wanted = text_at(config, "action")
    actions: dict[str, Mapping[str, Any]] = {each["id"]: each for each in content.get("actions") or ()}
    if wanted not in actions:
        known = ", ".join(actions) or "none"
        message = f"Agent '{agent_id}' has no action '{wanted[:100]}'; it has: {known[:500]}."
        raise StepError("action_not_found", message)
    return actions[wanted]


def _given(
    config: Mapping[str, Any],
    action: Mapping[str, Any] | None,
    content: Mapping[str, Any],
    scope: Mapping[str, Any],
) -> Mapping[str, Any]:
    """`with` of the step, over that of the action, over that of the agent; held against the action's input schema."""
    given = config.get("with")
    if given is not None and not isinstance(given, Mapping):
        raise invalid_config("/config/with", f"an object is needed; the value is {kind_of(given)}")
    agents = render({**(content.get("with") or {}), **((action or {}).get("with") or {})}, scope)
    whole = {**agents, **(given or {})}
    schema = (action or {}).get("input")
    if not schema:
        return whole
    filled: Mapping[str, Any] = with_defaults(schema, whole)
    if problem := next(value_problems(schema, filled, "/config/with"), None):
        raise invalid_config(problem.path, problem.message)
    return filled


def _schema(config: Mapping[str, Any], action: Mapping[str, Any] | None) -> tuple[Mapping[str, Any] | None, str]:
    if config.get("output_schema") is not None:
        return config["output_schema"], "/config/output_schema"
    return (action or {}).get("output") or None, "/actions/output"


def _prompt(config: Mapping[str, Any], action: Mapping[str, Any] | None, scope: Mapping[str, Any]) -> str:
    """What is given is put behind a prompt that says nothing of where it goes."""
    written = (action or {}).get("prompt") or ""
    text = joined_text(config["goal"]) if action is None else joined_text(render(written, scope))
    if scope["input"] and "{{" not in written:
        text = f"{text}\n\nInput:\n{json.dumps(scope['input'], ensure_ascii=False)}"
    return text


def _model(content: Mapping[str, Any]) -> Mapping[str, Any]:
    return (content.get("model") or {}).get("config") or {}


def _settings(
    context: StepContext,
    agent_id: str,
    content: Mapping[str, Any],
    scope: Mapping[str, Any],
    hosts: tuple[tuple[str, ...], ...],
) -> ModelSettings:
    filled = context.fill(_model(content), {"input": {}, **scope})
    config: Mapping[str, Any] = filled.value
    provider, name = str(config.get("provider") or "").lower(), str(config.get("model") or "")
    url = str(config.get("api_url") or ENDPOINTS.get(provider, ""))
    if not name or not (url or provider == BEDROCK):
        raise not_configured(agent_id, "has no model" if not name else f"has a provider '{provider}' without api_url")
    api_key = str(config.get("api_key") or "")
    context.conceal(api_key)
    return ModelSettings(
        provider,
        name,
        url,
        api_key,
        str(config.get("organization") or ""),
        config.get("params") or {},
        (*hosts, *filled.hosts),
    )


def not_configured(agent_id: str, why: str) -> StepError:
    return StepError(
        "model_not_configured",
        f"Agent '{agent_id}' {why}. Put it with model.config: `provider` ({BEDROCK}, {', '.join(ENDPOINTS)}, or any "
        "with `api_url`), `model`, and for most `api_key`, as '{{ secrets.NAME }}'. A model on this machine "
        "(provider ollama) also needs HTTP_ALLOWED_HOSTS=localhost:11434.",
        details={"agent_id": agent_id},
    )
