"""Metrics as text, in the format that Prometheus reads.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Mapping

from starlette.responses import Response

from stepweave.api.openapi import API_VERSION
from stepweave.services.census import Census

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(found: Census) -> Response:
    """What the store counts; what runs do over time is in CloudWatch."""
    lines = [
        *_family("stepweave_build_info", "The release that answers.", {f'version="{API_VERSION}"': 1}),
        *_family(
            "stepweave_workflows",
            "Workflows by status.",
            {f'status="{status}"': count for status, count in found.workflows.items()},
        ),
        *_family("stepweave_runs_active", "Runs that are queued, under way or paused.", {"": found.active_runs}),
    ]
    return Response("\n".join([*lines, ""]), headers={"content-type": MEDIA_TYPE})


def _family(name: str, told: str, values: Mapping[str, int]) -> list[str]:
    """`values`: by labels."""
    samples = [f"{name}{{{labels}}} {value}" if labels else f"{name} {value}" for labels, value in values.items()]
    return [f"# HELP {name} {told}", f"# TYPE {name} gauge", *samples]
