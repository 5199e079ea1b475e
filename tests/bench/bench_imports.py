"""Cold import of each function in a fresh interpreter, bytecode warm, against the floor of what it must load."""

import os
import subprocess
import sys
import tempfile

from figures import heading, row, side_by_side

BYTECODE = tempfile.TemporaryDirectory(prefix="stepweave-bytecode-")
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    # Layers carry bytecode: the first of each pair writes it here, wherever the environment would not have it.
    "PYTHONPYCACHEPREFIX": BYTECODE.name,
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "TABLE_NAME": "t",
    "BUCKET_NAME": "b",
    "STACK_PREFIX": "stepweave",
    "RUN_STEP_ARN": "arn:aws:lambda:eu-west-1:123456789012:function:f",
    "RUN_SCRIPT_FUNCTION": "f",
    "MACHINE_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "Stepweave",
}
EMPTY_API = """
from fastapi import FastAPI
from mangum import Mangum
app = FastAPI()
for number in range({routes}):
    app.add_api_route(f"/r{{number}}/{{{{key}}}}", lambda key: key, methods=["GET"])
handler = Mangum(app, lifespan="off")
import boto3
from botocore.config import Config
for service in ("dynamodb", "s3", "stepfunctions"):
    boto3.client(service, config=Config())
"""
CLIENTS = "import boto3\nfor service in {services}: boto3.client(service)"
OURS = "from stepweave.bootstrap.{name} import {name}_handler\nhandler = {name}_handler()"
TIMED = "import time\nbegun = time.perf_counter()\n{code}\nprint((time.perf_counter() - begun) * 1000)"


def seconds_to_run(code: str) -> float:
    """Milliseconds inside a fresh interpreter; its own start does not count."""
    command = [sys.executable, "-c", TIMED.format(code=code)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def compare(name: str, floor: str, rounds: int = 7) -> None:
    ours = OURS.format(name=name)
    seconds_to_run(ours)
    seconds_to_run(floor)
    row(name, side_by_side(lambda: seconds_to_run(ours), lambda: seconds_to_run(floor), rounds=rounds))


def main() -> None:
    heading("Cold import", ["In a fresh interpreter, up to a handler that can be called; medians of 7 pairs."])
    compare("api", EMPTY_API.format(routes=10))
    compare("run_step", CLIENTS.format(services=("dynamodb", "s3", "lambda")))
    compare("run_agent", CLIENTS.format(services=("dynamodb", "s3")))
    compare("track_run", CLIENTS.format(services=("dynamodb", "s3", "stepfunctions")))
    compare("reconcile", CLIENTS.format(services=("dynamodb", "s3", "stepfunctions")))
    compare("fire_schedule", CLIENTS.format(services=("dynamodb", "s3", "stepfunctions")))
    compare("admit_run", CLIENTS.format(services=("dynamodb", "s3", "stepfunctions")))
    compare("run_script", "import json, subprocess, tempfile")


if __name__ == "__main__":
    main()
