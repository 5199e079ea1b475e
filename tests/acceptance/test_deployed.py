"""The stack as it stands after `sam deploy`."""

import sys

import urllib3

from acceptance.deployment import Deployment, run
from acceptance.emulator import ROOT


def test_it_answers_where_its_output_says(deployment: Deployment) -> None:
    answer = urllib3.request("GET", f"{deployment.url}/health", retries=False, timeout=60)
    assert (answer.status, answer.json()) == (200, {"status": "ok"})


def test_more_and_more_clients_of_a_cold_api_are_all_answered(deployment: Deployment) -> None:
    """One client, then 2, 5 and 10, each the first that the functions it meets have: see the plugin."""
    assert deployment.ramp == {str(clients): [200] * clients for clients in (1, 2, 5, 10)}


def test_the_doctor_finds_nothing_that_is_wrong(deployment: Deployment) -> None:
    """It warns of a reconcile that has not run yet, in a stack this young."""
    command = [sys.executable, "-m", "stepweave.local.cli", "doctor", "--stack", deployment.stack]
    told = run(command, cwd=ROOT, env=deployment.emulator.environment)
    found = [line.split()[:2] for line in told.splitlines() if not line.startswith(" ")]
    assert ["ok", "permissions:"] in found
    assert {what for verdict, what in found if verdict != "ok"} <= {"reconcile:"}, told


def test_a_key_that_is_none_is_refused(deployment: Deployment) -> None:
    headers = {"Authorization": f"Bearer {deployment.key[:-1]}"}
    answer = urllib3.request("GET", f"{deployment.url}/api/workflows", headers=headers, retries=False, timeout=60)
    assert answer.status == 401
