from collections import defaultdict
from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest

from stepweave.adapters.table import TABLE
from stepweave.bootstrap.stores import Stores
from stepweave.local import embedded
from stepweave.local.doctor.deployment import Deployment
from stepweave.local.embedded import EmbeddedAws
from stepweave.settings import read_settings

NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
ENVIRONMENT = {
    "TABLE_NAME": "stepweave",
    "BUCKET_NAME": "stepweave",
    "STACK_PREFIX": "stack",
    "FIRE_SCHEDULE_ARN": "arn:aws:lambda:us-east-1:123456789012:function:fire",
    "DELAYED_START_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:stack-delayed",
}
RESOURCES = {
    "ReconcileFunction": "stack-reconcile",
    "RunStepFunction": "stack-run-step",
    "RunAgentFunction": "stack-run-agent",
    "EveryFiveMinutes": "stack-every-five",
    "RunEnded": "stack-run-ended",
    "DirectExecutionFailed": "stack-direct-execution-failed",
    "LostEvents": "https://queue/lost",
    "ApiRole": "stack-api",
    "RunStepRole": "stack-run-step",
    "TrackRunRole": "stack-track",
    "ReconcileRole": "stack-reconcile",
    "MachineRole": "stack-machine",
}


class Said:
    """Clients that answer what a test has them say, by operation; each call is kept."""

    def __init__(self):
        self.answers = {}
        self.asked = defaultdict(list)

    def __call__(self, _service):
        return self

    def says(self, **answers):
        self.answers |= answers

    def get_paginator(self, operation):
        return SimpleNamespace(paginate=lambda **_: [self.answers[operation]])

    def __getattr__(self, operation):
        if operation.startswith("__"):
            raise AttributeError(operation)

        def call(**asked):
            self.asked[operation].append(asked)
            answer = self.answers[operation]
            if isinstance(answer, Exception):
                raise answer
            return answer(**asked) if callable(answer) else answer

        return call


@pytest.fixture
def said():
    return Said()


@pytest.fixture
def deployment(said):
    """One whose AWS answers what the test says; it has no stores."""
    return Deployment("stepweave", RESOURCES, read_settings(ENVIRONMENT), None, said, lambda: NOW)


@pytest.fixture
def kept(said):
    """One with stores on an embedded AWS."""
    aws = EmbeddedAws(table="stepweave", table_shape=TABLE, bucket="stepweave", functions={})
    boto3.setup_default_session(region_name="us-east-1")
    settings = read_settings(ENVIRONMENT)
    try:
        yield Deployment("stepweave", RESOURCES, settings, Stores(settings), embedded.client, lambda: NOW)
    finally:
        aws.close()


@pytest.fixture
def levels():
    """-> the levels of what a check finds, in order"""
    return lambda check, deployment: [finding.level for finding in check(deployment)]
