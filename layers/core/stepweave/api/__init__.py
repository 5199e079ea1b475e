"""The HTTP surface: requests in, use cases called, answers and problems out. The only FastAPI."""
