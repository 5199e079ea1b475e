"""The tasks of an execution as Compozy shows them: of each step that has begun its step run, of one inside a loop the
newest."""

from collections.abc import Mapping
from typing import Any

from stepweave.api.compozy.answers.usage import with_usage
from stepweave.api.compozy.words import COMPONENTS, STATUS
from stepweave.domain.credential import hidden
from stepweave.domain.plan import PlanStep
from stepweave.services.detailed_runs import DetailedRun

Json = dict[str, Any]


def task_states(run: DetailedRun, workflow_id: str) -> dict[str, Json]:
    """By task id; step runs come in the order in which they began, so that a later one takes an earlier one's place."""
    view = run.view
    begun = [step for step in view["step_runs"] if _has_begun(step) and step["step_id"] in run.steps]
    return {step["step_id"]: _state(step, run.steps[step["step_id"]], view, workflow_id) for step in begun}


def _has_begun(step: Mapping[str, Any]) -> bool:
    """Steps that were skipped or never reached are no tasks of an execution."""
    return step["status"] not in ("skipped", "pending") and (step["status"] != "cancelled" or step["attempt"] > 0)


def task_exec_id(run_id: str, step_id: str, iteration: str = "") -> str:
    """-> `run_01KA....fetch`, in a loop `run_01KA....fetch@0`"""
    return f"{run_id}.{step_id}@{iteration}" if iteration else f"{run_id}.{step_id}"


def _state(step: Mapping[str, Any], planned: PlanStep, view: Mapping[str, Any], workflow_id: str) -> Json:
    component, execution_type = COMPONENTS[planned["type"]]
    iteration = step.get("iteration", "")
    began = step["started_at"] or step["completed_at"] or view["created_at"]
    state = {
        "component": component,
        "execution_type": execution_type,
        "status": STATUS[step["status"]],
        "task_id": step["step_id"],
        "task_exec_id": task_exec_id(view["id"], step["step_id"], iteration),
        "workflow_id": workflow_id,
        "workflow_exec_id": view["id"],
        "parent_state_id": _parent(view["id"], planned, iteration),
        **_of_agent(planned),
        "tool_id": planned.get("tool_id"),
        "input": given(planned),
        "output": shown_output(step["output"]),
        "error": step["error"],
        **with_usage(step.get("usage", {})),
        "created_at": began,
        "updated_at": step["completed_at"] or began,
    }
    large = {"output": None, "output_url": step["output_url"]} if "output_url" in step else {}
    return {name: value for name, value in state.items() if value is not None} | large


def _parent(run_id: str, planned: PlanStep, iteration: str) -> str | None:
    """The task of the loop that a step is right inside of."""
    if not planned["loops"]:
        return None
    return task_exec_id(run_id, planned["loops"][-1], iteration.rpartition(".")[0])


def _of_agent(planned: PlanStep) -> Json:
    if planned["type"] != "agent_task":
        return {}
    config = planned["config"]
    return {"agent_id": config.get("agent_id"), "action_id": config.get("action")}


def given(planned: PlanStep) -> Json:
    """What the definition gives the step, expressions as they are written: what they became may hold secrets and is not
    kept. Credentials that a definition has written out are hidden."""
    config = planned["config"]
    wanted = hidden(config.get("with") if planned["type"] == "agent_task" else config)
    if isinstance(wanted, dict):
        return wanted
    return {} if wanted is None else {"with": wanted}


def shown_output(output: Any) -> Json | None:
    """Outputs are objects in Compozy: what is none is shown under `output`."""
    return output if output is None or isinstance(output, dict) else {"output": output}
