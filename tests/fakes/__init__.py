"""In-memory ports: they pass the same contract tests as the real adapters."""
