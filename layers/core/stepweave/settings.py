"""The environment as one typed value, read once per process.

A stdlib dataclass: pydantic-settings costs 260-340 ms of import in a function that is billed for them.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """table, bucket: names. stack: prefix of every name made at run time. *_arn, *_function: what machines call.

    machine_tracing: whether executions send traces to X-Ray.
    max_concurrent_runs: per workflow, unless its definition says otherwise; max_concurrent_runs_in_all: of every
    workflow together, 0 for any number. script_tenant_isolation: whether
    `run_script` was made with it. value_links: whether clients can fetch from the bucket, as they can on AWS.
    max_streams: of events that one key may have waiting at once.
    http_allowed_hosts: see `steps.address`. secrets_backend: `ssm` (Parameter Store) or `secretsmanager`.
    run_retention_days: after its end a run is forgotten; 0 is never.
    schedule_backend: `rules` (EventBridge) or `scheduler` (EventBridge Scheduler, in schedule_group; none on a laptop).
    event_sources: comma list of sources whose events every key with the role `write` may have.
    rate_limit_per_second, rate_limit_burst: requests of one key, and so many more at once; 0 a second for no limit.
    public_url: where people reach the API, for links that are sent to them.
    """

    table: str
    bucket: str
    stack: str
    run_step_arn: str = ""
    run_agent_arn: str = ""
    run_script_function: str = ""
    machine_role_arn: str = ""
    machine_log_group_arn: str = ""
    machine_tracing: bool = False
    delayed_start_arn: str = ""
    direct_execution_arn: str = ""
    fire_schedule_arn: str = ""
    lost_events_arn: str = ""
    max_concurrent_runs: int = 10
    max_concurrent_runs_in_all: int = 0
    script_tenant_isolation: bool = False
    value_links: bool = False
    max_streams: int = 20
    http_allowed_hosts: str = ""
    http_require_tls: bool = False
    secrets_backend: str = "ssm"
    public_url: str = ""
    run_retention_days: int = 0
    schedule_backend: str = "rules"
    schedule_group: str = ""
    scheduler_role_arn: str = ""
    event_sources: str = ""
    rate_limit_per_second: int = 0
    rate_limit_burst: int = 500


def read_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment; a KeyError names the variable that the template forgot."""
    return Settings(
        table=env["TABLE_NAME"],
        bucket=env["BUCKET_NAME"],
        stack=env["STACK_PREFIX"],
        run_step_arn=env.get("RUN_STEP_ARN", ""),
        run_agent_arn=env.get("RUN_AGENT_ARN", ""),
        run_script_function=env.get("RUN_SCRIPT_FUNCTION", ""),
        machine_role_arn=env.get("MACHINE_ROLE_ARN", ""),
        machine_log_group_arn=env.get("MACHINE_LOG_GROUP_ARN", ""),
        machine_tracing=env.get("MACHINE_TRACING", "false").lower() == "true",
        delayed_start_arn=env.get("DELAYED_START_ARN", ""),
        direct_execution_arn=env.get("DIRECT_EXECUTION_ARN", ""),
        fire_schedule_arn=env.get("FIRE_SCHEDULE_ARN", ""),
        lost_events_arn=env.get("LOST_EVENTS_ARN", ""),
        max_concurrent_runs=int(env.get("WORKFLOW_MAX_CONCURRENT_RUNS", "10")),
        max_concurrent_runs_in_all=int(env.get("MAX_CONCURRENT_RUNS", "0")),
        value_links=True,
        max_streams=int(env.get("MAX_STREAMS_PER_KEY", "20")),
        script_tenant_isolation=env.get("SCRIPT_TENANT_ISOLATION", "false").lower() == "true",
        http_allowed_hosts=env.get("HTTP_ALLOWED_HOSTS", ""),
        run_retention_days=int(env.get("RUN_RETENTION_DAYS", "0")),
        public_url=env.get("PUBLIC_URL", "").rstrip("/"),
        http_require_tls=env.get("HTTP_REQUIRE_TLS", "false").lower() == "true",
        schedule_backend=env.get("SCHEDULE_BACKEND", "rules"),
        schedule_group=env.get("SCHEDULE_GROUP", ""),
        scheduler_role_arn=env.get("SCHEDULER_ROLE_ARN", ""),
        event_sources=env.get("EVENT_SOURCES", ""),
        secrets_backend=env.get("SECRETS_BACKEND", "ssm"),
        rate_limit_per_second=int(env.get("RATE_LIMIT_PER_SECOND", "50")),
        rate_limit_burst=int(env.get("RATE_LIMIT_BURST", "500")),
    )
