"""The example of the page on agents, as it is written."""

import re
from datetime import UTC, datetime
from pathlib import Path

import yaml

from fakes.resources import FakeResources
from stepweave.services.resources import put_resource

PAGE = (Path(__file__).parents[3] / "docs" / "agents.md").read_text()


def test_the_agent_of_the_page_can_be_put() -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    agents = FakeResources()
    now = datetime(2026, 11, 2, tzinfo=UTC)
    agent, _ = put_resource("agent", "orders", yaml.safe_load(found[1]), resources=agents, clock=lambda: now)
    assert agent.content["tools"][0]["id"] == "get_order"
