"""The conversation of an agent: turns of its model, and calls of its tools between them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from stepweave.errors import StepError, StepStopped
from stepweave.services.ports import Random, Sleep, StepContext
from stepweave.services.ports.models import Model, Question, Reply, ToolCall, ToolResult, Turn
from stepweave.steps.agent_answer import MAX_REPAIRS, read, repair, told
from stepweave.steps.agent_setup import Setup
from stepweave.steps.patience import ask, seconds_of
from stepweave.steps.toolbox import Toolbox

MAX_CALLS = 16
"""Of one turn."""
MOST_TOKENS = 10**9
"""Of one turn, as it is told and recorded."""


@dataclass(frozen=True)
class Talk:
    """Who takes part. `left`: seconds of the attempt."""

    model: Model
    toolbox: Toolbox
    context: StepContext
    left: Callable[[], float]
    sleep: Sleep
    random: Random


def converse(setup: Setup, talk: Talk) -> Any:
    """What the model answers: text, or a value that matches the schema.

    `StepError` `model_refused`, `model_answer_cut`, `output_invalid`, `max_iterations`, `timeout`, or of a request;
    `StepStopped`.
    """
    turns, repairs = [Turn("user", setup.prompt)], 0
    for number in range(1, setup.most_turns + 1):
        reply = _reply(setup, turns, talk, number)
        if reply.calls:
            results = tuple(_called(call, number, index, talk) for index, call in enumerate(reply.calls))
            turns += [Turn("model", reply.text, reply.calls), Turn("tools", results=results)]
            continue
        value, problems = (reply.text, ()) if setup.schema is None else read(reply.text, setup.schema)
        if setup.schema is None and not reply.text.strip():
            problems = ["it is empty"]
        if not problems:
            return value
        repairs += 1
        if repairs > MAX_REPAIRS:
            raise _invalid(problems, reply)
        talk.context.log("The answer does not fit and is asked for again", {"turn": number, "problems": problems})
        turns += [Turn("model", reply.text), Turn("user", repair(problems))]
    raise StepError(
        "max_iterations",
        f"The agent had not answered after {setup.most_turns} turns. Raise the agent's max_iterations, or see in the "
        "run's events what it does.",
        details={"max_iterations": setup.most_turns},
    )


def _go_on(talk: Talk) -> None:
    """Looked at between two requests; what a tool or the model is at then is over."""
    if talk.context.stopped is not None and talk.context.stopped():
        raise StepStopped("the agent was ended between two requests")


def _reply(setup: Setup, turns: list[Turn], talk: Talk, number: int) -> Reply:
    _go_on(talk)
    instructions = setup.instructions
    if setup.schema is not None:
        instructions = f"{instructions}\n\n{told(setup.schema)}".strip()
    context = talk.context
    question = Question(
        setup.settings, instructions, turns, talk.toolbox.forms, 0, context.correlation, context.stopped
    )
    reply = _counted(ask(talk.model, question, talk.left, talk.sleep, talk.random))
    talk.context.spend(setup.settings.name, reply.input_tokens, reply.output_tokens)
    facts: dict[str, Any] = {"turn": number, "model": setup.settings.name, "text": reply.text}
    facts |= {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens}
    if reply.calls:
        facts["tools"] = [call.name for call in reply.calls]
    talk.context.log("The model called tools" if reply.calls else "The model answered", facts)
    match reply.end:
        case "refused":
            raise StepError("model_refused", "The model would not answer.", details={"text": reply.text[:2_000]})
        case "cut":
            message = "The model's answer was cut off. Raise model.config.params.max_tokens, or ask for less."
            raise StepError("model_answer_cut", message, details={"text": reply.text[:2_000]})
    return reply


def _counted(reply: Reply) -> Reply:
    """With counts that a store can hold, whatever a provider says."""
    return replace(
        reply,
        input_tokens=min(reply.input_tokens, MOST_TOKENS),
        output_tokens=min(reply.output_tokens, MOST_TOKENS),
    )


def _called(call: ToolCall, turn: int, index: int, talk: Talk) -> ToolResult:
    """The result as the model is given it: without secrets, which a tool may echo and no provider is to have."""
    if index >= MAX_CALLS:
        return ToolResult(call, f"Only {MAX_CALLS} tools are called in one turn; call this one again.", failed=True)
    _go_on(talk)
    result = talk.toolbox.call(call, f"{turn}.{index}", seconds_of(talk.left))
    text = str(talk.context.masked(result.text))
    outcome = "failed" if result.failed else "answered"
    facts = {"turn": turn, "tool": call.name, "arguments": dict(call.arguments or {}), "answer": text}
    talk.context.log(f"A tool {outcome}", facts)
    return ToolResult(call, text, result.failed)


def _invalid(problems: Any, reply: Reply) -> StepError:
    return StepError(
        "output_invalid",
        f"The agent's answer still does not fit what was asked for after {MAX_REPAIRS} repairs: {problems[0][:300]}.",
        details={"problems": list(problems)[:10], "text": reply.text[:2_000]},
    )
