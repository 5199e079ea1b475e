"""Schedules as the contract shows them."""

from datetime import UTC, datetime

from starlette.responses import Response

from stepweave.api.answers.answer import Json, answer
from stepweave.domain.schedule import Schedule
from stepweave.services.backfill import Backfilled
from stepweave.services.fires import Fired
from stepweave.services.moments import text_of
from stepweave.services.schedules import Shown, etag_of, written


def schedule_json(shown: Shown) -> Json:
    schedule = shown.schedule
    when = written(schedule)
    return {
        "id": schedule.id,
        "workflow_id": schedule.workflow_id,
        "cron_expression": when.cron_expression,
        "rate": when.rate,
        "timezone": when.timezone,
        "input_data": schedule.input_data,
        "enabled": schedule.enabled,
        "start_at": when.start_at,
        "end_at": when.end_at,
        "jitter": schedule.jitter_seconds,
        "overlap_policy": schedule.overlap_policy,
        "catch_up": schedule.catch_up_seconds,
        "source": schedule.source,
        "created_at": schedule.created_at,
        "updated_at": schedule.updated_at,
        "created_by": schedule.created_by,
        "last_run_id": schedule.last.run_id if schedule.last else None,
        "last_fired_at": schedule.last.at if schedule.last else None,
        "last_status": shown.last_status,
        "last_skipped": {"at": schedule.skipped.at, "reason": schedule.skipped.reason} if schedule.skipped else None,
        "next_run_at": _text(shown.next_run_at),
    }


def _text(moment: datetime | None) -> str | None:
    return text_of(moment.astimezone(UTC)) if moment else None


def created_schedule(schedule: Schedule) -> Response:
    """201, and where it is."""
    headers = {"location": f"/api/workflows/schedules/{schedule.id}"}
    return answer({"schedule_id": schedule.id}, status=201, headers=headers)


def one_schedule(shown: Shown) -> Response:
    return answer(schedule_json(shown), headers={"etag": etag_of(shown.schedule)})


def fired(outcome: Fired) -> Response:
    """202 with the run; 200 when the schedule's policy made none of it."""
    if outcome.run_id is None:
        return answer({"run_id": None, "reason": outcome.reason})
    headers = {"location": f"/api/workflows/runs/{outcome.run_id}"}
    return answer({"run_id": outcome.run_id, "reason": None}, status=202, headers=headers)


def backfilled(done: Backfilled) -> Response:
    return answer({"run_ids": done.run_ids, "next_from": done.next_from}, status=202)
