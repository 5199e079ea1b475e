"""The stack as it stands after `sam deploy`."""

import urllib3

from acceptance.deployment import Deployment


def test_it_answers_where_its_output_says(deployment: Deployment) -> None:
    answer = urllib3.request("GET", f"{deployment.url}/health", retries=False, timeout=60)
    assert (answer.status, answer.json()) == (200, {"status": "ok"})


def test_more_and_more_clients_of_a_cold_api_are_all_answered(deployment: Deployment) -> None:
    """One client, then 2, 5 and 10, each the first that the functions it meets have: see the plugin."""
    assert deployment.ramp == {str(clients): [200] * clients for clients in (1, 2, 5, 10)}


def test_a_key_that_is_none_is_refused(deployment: Deployment) -> None:
    headers = {"Authorization": f"Bearer {deployment.key[:-1]}"}
    answer = urllib3.request("GET", f"{deployment.url}/api/workflows", headers=headers, retries=False, timeout=60)
    assert answer.status == 401
