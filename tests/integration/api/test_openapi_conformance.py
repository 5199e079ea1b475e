"""Each surface held against its own OpenAPI document: every check, every operation, and chains of them by its links.

In this process, on the embedded AWS, with step functions that do nothing. `HYPOTHESIS_PROFILE=explore` looks further,
and elsewhere each time.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from stepweave.adapters.table import TABLE
from stepweave.bootstrap.api import build_api
from stepweave.local import embedded, keys
from stepweave.local.current import Function
from stepweave.local.embedded import BUCKET_NAME, TABLE_NAME, EmbeddedAws
from stepweave.local.stack import RUN_STEP, settings_of

EXPLORES = os.environ.get("HYPOTHESIS_PROFILE") == "explore"
EXAMPLES = 200 if EXPLORES else 6
PHASES = ["examples", "coverage", "fuzzing", "stateful"]
SURFACES = {
    "native": ("/openapi.json", PHASES),
    "compozy": ("/api/v0/openapi.json", PHASES),
    "syntropic137": ("/workflows/openapi.json", PHASES[:3]),
}
"""Where its document is, and which phases it is held through: nothing of Syntropic137 links to anything."""


@pytest.fixture
def api() -> Iterator[tuple[Any, str]]:
    """The application and a key."""
    aws = EmbeddedAws(
        table=TABLE_NAME, table_shape=TABLE, bucket=BUCKET_NAME, functions={RUN_STEP: Function(lambda *_: None)}
    )
    try:
        _, key = keys.new_key(keys.key_store(embedded.client("dynamodb"), TABLE_NAME), "test", "admin")
        yield build_api(settings_of("")), key
    finally:
        aws.close()


def told(scenario: events.ScenarioFinished) -> Iterator[str]:
    """What each failed check says, with the request that shows it."""
    recorder = scenario.recorder
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                failure, answer = check.failure_info.failure, recorder.interactions[case_id].response
                got = f"{answer.status_code} {answer.text[:600]}" if answer is not None else "no answer"
                said = f"{check.name}: {failure.title}: {failure.message}"
                yield f"{recorder.label}: {said}\n{check.failure_info.code_sample}\n-> {got}"


@pytest.mark.parametrize("surface", SURFACES)
def test_a_surface_is_as_its_document_says(api: tuple[Any, str], surface: str) -> None:
    app, key = api
    document, phases = SURFACES[surface]
    config = SchemathesisConfig.from_path(Path(__file__).parent / f"schemathesis_{surface}.toml")
    project = config.projects.default
    project.update(headers={"Authorization": f"Bearer {key}"}, continue_on_failure=True)
    project.generation.update(max_examples=EXAMPLES, deterministic=not EXPLORES)
    schema = schemathesis.openapi.from_asgi(document, app, config=config)
    ended = []
    problems = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            problems += told(event)
        elif isinstance(event, events.PhaseFinished):
            ended.append((event.phase.name.value, event.status))
        elif isinstance(event, events.NonFatalError | events.FatalError):
            problems.append(repr(event))
    assert not problems, "\n\n".join(dict.fromkeys(problems))
    assert [name for name, status in ended if status == Status.SUCCESS and name in PHASES] == phases
