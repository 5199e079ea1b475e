"""API Gateway calls this for every request."""

from stepweave.bootstrap.api import api_handler

handler = api_handler()
