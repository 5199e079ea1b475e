"""JSON Schemas of the answers. Plain data: as pydantic models they would cost every cold start, and answers are not
validated on their way out; a test holds real answers against them."""

from typing import Any, get_args

from stepweave.domain.run import RunStatus, StepStatus
from stepweave.domain.workflow import TRIGGER_TYPES, WORKFLOW_STATUSES

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(members: dict[str, Schema], description: str = "", optional: frozenset[str] = frozenset()) -> Schema:
    required = [name for name in members if name not in optional]
    schema: Schema = {
        "type": "object",
        "properties": members,
        "required": required,
        "additionalProperties": False,
    }
    return {"description": description, **schema} if description else schema


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _page(name: str, row: str) -> Schema:
    return _object({name: _list(ref(row)), "total": _COUNT, "next_cursor": _OPTIONAL_TEXT})


_TEXT: Schema = {"type": "string"}
_OPTIONAL_TEXT: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_OPTIONAL_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
_TIME: Schema = {"type": "string", "format": "date-time", "description": "ISO 8601, UTC, milliseconds, `Z`."}
_OPTIONAL_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
_OBJECT: Schema = {"type": "object"}
_OUTPUT: Schema = {"description": "Any JSON value; null while there is none, or when it is at `output_url`."}
_URL: Schema = {"type": "string", "description": "Only of a value over 100 KB: where it can be read."}

_WORKFLOW_HEAD: dict[str, Schema] = {
    "id": _TEXT,
    "slug": _OPTIONAL_TEXT,
    "name": _TEXT,
    "description": _OPTIONAL_TEXT,
    "version": {"type": "integer", "minimum": 1},
    "status": {"enum": list(WORKFLOW_STATUSES)},
    "trigger_type": {"enum": list(TRIGGER_TYPES)},
    "tags": _list(_TEXT),
}
_WORKFLOW_TAIL: dict[str, Schema] = {
    "created_at": _TIME,
    "updated_at": _TIME,
    "created_by": {"type": "string", "description": "Id of a key."},
    "updated_by": {"type": "string", "description": "Id of a key."},
}
_RUN: dict[str, Schema] = {
    "id": _TEXT,
    "workflow_id": _TEXT,
    "workflow_version": {"type": "integer", "minimum": 1},
    "status": {"enum": list(get_args(RunStatus))},
    "trigger": _TEXT,
    "input_data": {"type": ["object", "null"], "description": "Null when it is at `input_data_url`."},
    "input_data_url": _URL,
    "output": _OUTPUT,
    "output_url": _URL,
    "error": {"anyOf": [ref("Failure"), {"type": "null"}]},
    "labels": {"type": "object", "additionalProperties": _TEXT},
    "created_at": _TIME,
    "started_at": _OPTIONAL_TIME,
    "completed_at": _OPTIONAL_TIME,
    "duration_seconds": _OPTIONAL_COUNT,
    "duration_ms": _OPTIONAL_COUNT,
}
_URL_ONLY = frozenset({"input_data_url", "output_url"})

SCHEMAS: dict[str, Schema] = {
    "Problem": _object(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": _TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What happened and what to do, for people."},
            "instance": {"type": "string", "format": "uri-reference", "description": "The path of the request."},
            "code": {"type": "string", "description": "Stable and machine-readable."},
            "errors": _list(ref("Fault")),
        },
        "An error (RFC 9457). `errors` is there for invalid input (422).",
        frozenset({"errors"}),
    ),
    "Fault": _object(
        {
            "path": {"type": "string", "description": "A JSON Pointer into the body, or `?name`, a query parameter."},
            "message": _TEXT,
        },
        "One located complaint about a request.",
    ),
    "Workflow": _object(_WORKFLOW_HEAD | {"definition": ref("Definition")} | _WORKFLOW_TAIL),
    "WorkflowRow": _object(_WORKFLOW_HEAD | _WORKFLOW_TAIL, "A workflow without its definition."),
    "WorkflowPage": _page("workflows", "WorkflowRow"),
    "CreatedWorkflow": _object({"id": _TEXT, "workflow": ref("Workflow")}),
    "ValidateRequest": {
        "type": "object",
        "properties": {"definition": {"description": "Whatever shall be checked; see `Definition`."}},
    },
    "Verdict": _object(
        {
            "valid": {"type": "boolean"},
            "errors": {**_list(_TEXT), "description": "One sentence per problem."},
            "problems": {**_list(ref("DefinitionProblem")), "description": "The same problems in the same order."},
        }
    ),
    "DefinitionProblem": _object(
        {
            "code": _TEXT,
            "path": {"type": "string", "description": "A JSON Pointer into the definition."},
            "message": _TEXT,
            "hint": {"type": "string", "description": "What to do about it; may be empty."},
        }
    ),
    "AcceptedRun": _object({"run_id": _TEXT}),
    "Failure": _object({"code": _TEXT, "message": _TEXT, "details": _OBJECT}, "Why a run or a step failed."),
    "StepRun": _object(
        {
            "step_id": _TEXT,
            "iteration": {"type": "string", "description": "Only inside a loop: positions, outermost first, as `0.3`."},
            "status": {"enum": list(get_args(StepStatus))},
            "output": _OUTPUT,
            "output_url": _URL,
            "error": {"anyOf": [ref("Failure"), {"type": "null"}]},
            "attempt": _COUNT,
            "started_at": _OPTIONAL_TIME,
            "completed_at": _OPTIONAL_TIME,
            "duration_seconds": _OPTIONAL_COUNT,
            "duration_ms": _OPTIONAL_COUNT,
        },
        "One step in a run.",
        frozenset({"iteration", "output_url"}),
    ),
    "Run": _object(
        _RUN
        | {
            "step_runs": _list(ref("StepRun")),
            "step_runs_truncated": {"const": True, "description": "There are more step runs inside loops than shown."},
        },
        "A run with its step runs.",
        _URL_ONLY | {"step_runs_truncated"},
    ),
    "RunRow": _object(_RUN, "A run without its step runs.", _URL_ONLY),
    "RunPage": _page("runs", "RunRow"),
    "RunAnswer": _object({"run": ref("Run")}),
    "Output": {"description": "Any JSON value."},
    "Health": _object({"status": {"const": "ok"}}),
}
