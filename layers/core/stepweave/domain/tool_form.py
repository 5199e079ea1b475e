"""The form of a tool: a resource of its own, or one that an agent or a task declares. pydantic."""

from pydantic import Field, JsonValue

from stepweave.domain.form import Duration, Model, Text

Object = dict[str, JsonValue]
Env = dict[str, str]


class ToolForm(Model):
    """What a model or a task may call; `config` says whom (a URL, or a workflow), `input` what it takes."""

    id: Text | None = None
    resource: str | None = None
    description: str = ""
    input: Object | None = None
    output: Object | None = None
    with_: Object | None = Field(default=None, alias="with")
    config: Object | None = None
    env: Env = {}
    timeout: Duration | None = None
    cwd: Object | str | None = None
