"""A Task state of an agent_task calls this, with the ids of a run and that step."""

from stepweave.bootstrap.run_agent import run_agent_handler

handler = run_agent_handler()
