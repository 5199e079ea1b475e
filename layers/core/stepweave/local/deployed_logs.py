"""The log of a deployed stack, from CloudWatch Logs, with its operator's AWS credentials.

FilterLogEvents costs nothing, finds what was written seconds ago, and has no limit of rows. Logs Insights would bill
each byte that it looks through, and answer 10,000 rows at most.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from stepweave.local.log_lines import LogLine, read_line
from stepweave.local.unusable import Unusable

_OF_REQUESTS = "AccessLogs"
"""API Gateway's own lines, which know of no run: the function has one for each of them."""
_OF_MACHINES = "MachineLogs"


class NoLogs(Unusable):
    def __init__(self, stack: str) -> None:
        super().__init__(f"the stack '{stack}' has no log groups. Is it a Stepweave stack, in this region?")


def deployed_lines(run_id: str, stack: str, since: datetime, make: Callable[[str], Any] | None = None) -> list[LogLine]:
    """Lines about a run from every function and state machine of a stack, by time. `make` gives clients of AWS."""
    of = make or _client
    logs = of("logs")
    groups = dict(_groups(stack, of("cloudformation")))
    if not groups:
        raise NoLogs(stack)
    found = [line for group, pattern in groups.items() for line in _found(logs, group, pattern.format(run_id), since)]
    return sorted(found, key=lambda line: line.at)


def _groups(stack: str, cloudformation: Any) -> Iterator[tuple[str, str]]:
    """Log groups, and what a line about a run looks like in each."""
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for each in page["StackResourceSummaries"]:
            if each["ResourceType"] == "AWS::Logs::LogGroup" and each["LogicalResourceId"] != _OF_REQUESTS:
                is_of_machines = each["LogicalResourceId"] == _OF_MACHINES
                # Executions are named `run_...-1`; their iterations have names of their own.
                pattern = '{{ $.execution_arn = "*:{}-*" }}' if is_of_machines else '{{ $.run_id = "{}" }}'
                yield each["PhysicalResourceId"], pattern


def _found(logs: Any, group: str, pattern: str, since: datetime) -> Iterator[LogLine]:
    """A page may be empty while there are more."""
    begin = int(since.timestamp() * 1000)
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern=pattern, startTime=begin)
    for page in pages:
        for event in page["events"]:
            line = read_line(event["message"], datetime.fromtimestamp(event["timestamp"] / 1000, UTC))
            if line is not None:
                yield _named(line)


def _named(line: LogLine) -> LogLine:
    """A state machine's own line: what it is called lies elsewhere than in lines of functions."""
    if "message" in line.entry:
        return line
    return LogLine(
        line.at, {"level": "ERROR", "service": "state_machine", "message": line.entry.get("type"), **line.entry}
    )


def _client(service: str) -> Any:
    import boto3

    client: Any = boto3.client
    return client(service)
