"""Operations on metrics."""

from stepweave.api.describe.operation import KEY, operation

METRICS = operation("Metrics", 200, "Metrics.", problems=KEY)
METRICS["responses"][200]["content"] = {"text/plain": {"schema": {"type": "string"}}}
