"""The variable parts of paths.

`{workflow_id:workflow_ref}` takes no literal path word, so that `GET /api/workflows/validate` is a 405 of that path and
never a workflow by that name.
"""

import re
from typing import Annotated, Any

from fastapi import Depends, Path
from starlette.convertors import StringConvertor, register_url_convertor

from stepweave.domain.workflow import RESERVED_SLUGS, SLUG
from stepweave.errors import NotFound

_REF = re.compile(SLUG)
_TEMPLATE_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_STEP_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}(@[0-9]{1,7}(\.[0-9]{1,7}){0,9})?")
_VERSION = re.compile(r"[1-9][0-9]{0,7}")
_NUMBER: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 99_999_999}
_WORDS = "|".join(re.escape(word) for word in sorted(RESERVED_SLUGS))


class _WorkflowRef(StringConvertor):
    regex = rf"(?!(?:{_WORDS})(?:/|$))[^/]+"


register_url_convertor("workflow_ref", _WorkflowRef())


async def _workflow_ref(
    workflow_id: Annotated[
        str, Path(description="The workflow's id or slug.", examples=["wf_01KAFZ5Y0M5VJ3R1XQZ0W8T4CN"])
    ],
) -> str:
    return _of_form(_REF, "workflow", workflow_id)


async def _run_id(
    run_id: Annotated[str, Path(description="The run's id.", examples=["run_01KAFZ6B3T9D2M7QH4YF0ZK8XE"])],
) -> str:
    return _of_form(_REF, "run", run_id)


async def _schedule_id(
    schedule_id: Annotated[str, Path(description="The schedule's id.", examples=["sched_01KAFZ7D2N8R4P6T0V1W3X5Y7Z"])],
) -> str:
    return _of_form(_REF, "schedule", schedule_id)


async def _key_id(
    key_id: Annotated[str, Path(description="The key's id.", examples=["key_01KAFYQ4R2H6S0B9WJ7D3M5XEV"])],
) -> str:
    return _of_form(_REF, "key", key_id)


async def _template_ref(
    template_id: Annotated[
        str, Path(description="The template's id, or the slug of a built-in one.", examples=["uptime-check"])
    ],
) -> str:
    return _of_form(_TEMPLATE_REF, "template", template_id)


async def _step_key(
    key: Annotated[
        str, Path(description="The step's id; inside loops with its positions.", examples=["fetch", "fetch@0"])
    ],
) -> str:
    return _of_form(_STEP_KEY, "step run", key)


async def _hook_slug(
    slug: Annotated[str, Path(description="The `slug` of a webhook trigger.", examples=["orders"])],
) -> str:
    return _of_form(_REF, "hook", slug)


async def _version(
    version: Annotated[str, Path(description="A number, from 1 on.", examples=["1"], json_schema_extra=_NUMBER)],
) -> int:
    return int(_of_form(_VERSION, "version", version))


def _of_form(form: re.Pattern[str], kind: str, ref: str) -> str:
    """What cannot be a name names nothing; the store, which limits the length of its keys, is not asked."""
    if not form.fullmatch(ref):
        raise NotFound(kind, ref[:100])
    return ref


WorkflowRef = Annotated[str, Depends(_workflow_ref)]
TemplateRef = Annotated[str, Depends(_template_ref)]
ScheduleId = Annotated[str, Depends(_schedule_id)]
KeyId = Annotated[str, Depends(_key_id)]
RunId = Annotated[str, Depends(_run_id)]
VersionNumber = Annotated[int, Depends(_version)]
HookSlug = Annotated[str, Depends(_hook_slug)]
StepKey = Annotated[str, Depends(_step_key)]
