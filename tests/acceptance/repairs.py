"""What has to be done to a built template, and to the stack made of it, for MiniStack 1.5 to behave as AWS.

The template of the repository is not touched: a repair changes what `sam build` made of it, or calls the deployed
stack. Each says what the emulator lacks.
"""

import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from acceptance.emulator import WORK, Emulator

MACHINE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"

BOOTSTRAP = """\
#!/bin/sh
export PYTHONPATH="{layers}" PYTHONDONTWRITEBYTECODE=1
{scratch}
exec "{python}" -m awslambdaric "$_HANDLER"
"""

UNNAMED = (
    "states:SendTaskSuccess",  # AWS: the machine whose execution waits. Here: nothing.
    "events:",  # AWS: `rule/NAME`. Here: `rule/default/NAME`, and nothing where a call names its rule by `Rule`.
    "scheduler:",  # AWS: `schedule/GROUP/NAME`. Here: `schedule/default/NAME`.
    "ssm:GetParameters",  # AWS: each of the parameters. Here: nothing.
)


def repair(built: Path, scratch: Path) -> None:
    """All repairs of what `sam build` made."""
    template = built / "template.yaml"
    document: dict[str, Any] = yaml.safe_load(template.read_text())
    for name, resource in document["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            use_the_runtime_client(built, name, resource["Properties"], scratch)
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            watch_one_metric(resource["Properties"])
    for statement in statements(document["Resources"]):
        authorize_as_the_emulator_does(statement)
    template.write_text(yaml.safe_dump(document, sort_keys=False))


def statements(of: Any) -> Iterator[dict[str, Any]]:
    """Every statement of a policy, wherever it is in a template."""
    if isinstance(of, dict):
        if "Effect" in of and "Action" in of:
            yield of
        for member in of.values():
            yield from statements(member)
    elif isinstance(of, list):
        for member in of:
            yield from statements(member)


def use_the_runtime_client(built: Path, name: str, properties: dict[str, Any], scratch: Path) -> None:
    """Puts a function on AWS's own runtime client, in a Python that has nothing else.

    The emulator's own Python runtime names every exception `Runtime.HandlerError`, so that Retry and Catch by the name
    of a class never match. Its custom runtimes get no layers either: theirs are read where `sam build` left them.
    """
    code, layers = built / name, [layer["Ref"] for layer in properties["Layers"]]
    shutil.copytree(built / properties["CodeUri"], code, dirs_exist_ok=True)
    bootstrap = code / "bootstrap"
    bootstrap.write_text(
        BOOTSTRAP.format(
            layers=":".join(str(built / layer / "python") for layer in layers),
            python=WORK / "runtime" / "bin" / "python",
            scratch=empty_no_folder_of_others(properties, scratch),
        )
    )
    bootstrap.chmod(0o755)
    properties |= {"CodeUri": name, "Runtime": "provided.al2023"}


def empty_no_folder_of_others(properties: dict[str, Any], scratch: Path) -> str:
    """Gives each environment of run_script a folder of its own, as /tmp is on Lambda: scripts leave it empty."""
    if "SCRIPT_SCRATCH" not in properties["Environment"]["Variables"]:
        return ""
    scratch.mkdir(parents=True, exist_ok=True)
    return f'export SCRIPT_SCRATCH="$(mktemp -d "{scratch}/XXXXXX")"'


def watch_one_metric(properties: dict[str, Any]) -> None:
    """An alarm on what is calculated of several metrics cannot be made in the emulator: it gets the first of them."""
    calculated = properties.pop("Metrics", None)
    if calculated:
        first = next(each["MetricStat"] for each in calculated if "MetricStat" in each)
        properties |= first["Metric"] | {"Period": first["Period"], "Statistic": first["Stat"]}


def authorize_as_the_emulator_does(statement: dict[str, Any]) -> None:
    """Allows calls on everything whose object the emulator does not find out, or names otherwise than AWS."""
    if any(action.startswith(UNNAMED) for action in as_list(statement["Action"])):
        statement["Resource"] = "*"


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def switch_on_what_a_table_was_made_without(emulator: Emulator, table: str) -> None:
    """TTL and point-in-time recovery: the emulator drops both from the table of a template."""
    dynamodb = emulator.client("dynamodb")
    # An update of the stack comes by here too, and what is on cannot be switched on.
    if dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED":
        dynamodb.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True}
        )
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def take_plain_http(emulator: Emulator, bucket: str) -> None:
    """Removes the bucket's policy, which refuses what does not come over TLS: the emulator is reached without."""
    emulator.client("s3").delete_bucket_policy(Bucket=bucket)
