"""One module per step type: what it does when it runs. Imports neither pydantic nor boto3."""
