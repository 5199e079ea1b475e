"""The stack as it stands after `sam deploy`."""

import urllib3

from acceptance.deployment import Deployment


def test_it_answers_where_its_output_says(deployment: Deployment) -> None:
    answer = urllib3.request("GET", f"{deployment.url}/health", retries=False, timeout=60)
    assert (answer.status, answer.json()) == (200, {"status": "ok"})
