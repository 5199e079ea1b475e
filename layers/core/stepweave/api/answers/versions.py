"""Versions as the contract shows them."""

from dataclasses import asdict

from starlette.responses import Response

from stepweave.api.answers.answer import Json, answer
from stepweave.domain.workflow import Version, VersionNote
from stepweave.services.versions import Difference, as_text


def note_json(note: VersionNote) -> Json:
    """A row of a list."""
    shown = asdict(note)
    return {"version": shown.pop("number"), **shown}


def one_version(version: Version) -> Response:
    note = VersionNote(version.number, version.change_summary, version.created_at, version.created_by)
    return answer(note_json(note) | {"definition": version.definition})


def difference(found: Difference, for_people: bool) -> Response:
    """Operations and a sentence, or a text for people."""
    vary = {"vary": "Accept"}
    if for_people:
        return Response(as_text(found), media_type="text/plain", headers=vary)
    numbers = {"v1": found.v1.number, "v2": found.v2.number}
    return answer({"diff": found.operations, "summary": found.summary, **numbers}, headers=vary)
