"""What a million runs cost on AWS, by service: counted on one run on the embedded AWS, multiplied by list prices.

Prices are those of us-east-1 in 2026; a step's own time is what it waits for others, so it is taken as given.
"""

from figures import heading

from embedded_runs import EmbeddedRuns
from fakes.aws_calls import counting
from fakes.aws_reads import reading
from fakes.aws_writes import writing

MILLION = 1_000_000
TRANSITION, REQUEST, INVOCATION = 0.025 / 1000, 1.00 / MILLION, 0.20 / MILLION
GB_SECOND, WRITE_UNIT, READ_UNIT, LOG_GB = 0.0000133334, 0.625 / MILLION, 0.125 / MILLION, 0.50
"""Dollars: Step Functions, HTTP API, Lambda (arm64), DynamoDB on demand, CloudWatch Logs."""
STEP_MS, SCRIPT_MS, API_MS, TRACK_MS, GB = 60, 30, 25, 30, 1.0
"""Billed milliseconds: a step's five calls and its wait for a script of 30 ms, that script, a start, an end."""
LINE_BYTES, OF_LAMBDA, OF_API = 700, 560, 350
"""An outcome with its metrics; Lambda's own two lines about an invocation; API Gateway's about a request."""
SIZES = (1, 10, 60)


def definition(steps: int) -> dict:
    body = {"type": "script", "config": {"language": "python", "source": "s"}}
    names = [f"s{number}" for number in range(steps)]
    return {
        "name": "Chain",
        "steps": [{"id": b, **body, "depends_on": [a] if a else []} for a, b in zip(["", *names], names, strict=False)],
    }


def counted(runs: EmbeddedRuns, steps: int, calls, reads, writes) -> dict[str, float]:
    """One run on a version whose machine is there."""
    workflow = runs.request("POST", "/api/workflows", {"definition": definition(steps)})["id"]

    def run() -> str:
        run_id = runs.request("POST", f"/api/workflows/{workflow}/run", {})["run_id"]
        runs.ended(run_id)
        return run_id

    run()
    calls.clear(), reads.clear(), writes.clear()
    run_id = run()
    entered = sum(event["type"].endswith("StateEntered") for event in runs.history(run_id))
    return {"transitions": entered + 1, "writes": writes.units, "reads": reads.units, "calls": calls.total()}


def main() -> None:
    notes = [
        "A run of linked scripts: one start by HTTP, its steps, its end. Dollars for a million such runs.",
        f"Taken as given, at {GB:.0f} GB: {STEP_MS} + {SCRIPT_MS} ms a step, {API_MS} a start, {TRACK_MS} an end.",
    ]
    heading("Cost of a million runs", notes)
    EmbeddedRuns().close()  # the first one of a process sets boto3's default session
    with counting() as calls, reading(inside_counting=True) as reads, writing() as writes:
        runs = EmbeddedRuns()
        try:
            for steps in SIZES:
                show(steps, counted(runs, steps, calls, reads, writes))
        finally:
            runs.close()


def show(steps: int, found: dict[str, float]) -> None:
    invocations = 2 * steps + 2  # a script is a function of its own
    seconds = (steps * (STEP_MS + SCRIPT_MS) + API_MS + TRACK_MS) / 1000 * GB
    logged = (steps + 2) * LINE_BYTES + invocations * OF_LAMBDA + OF_API
    dollars = {
        "Step Functions": found["transitions"] * TRANSITION,
        "DynamoDB": found["writes"] * WRITE_UNIT + found["reads"] * READ_UNIT,
        "Lambda": invocations * INVOCATION + seconds * GB_SECOND,
        "API Gateway": REQUEST,
        "logs": logged / 1e9 * LOG_GB,
    }
    whole = sum(dollars.values())
    shares = "  ".join(f"{name} {cost * MILLION:6.0f} ({cost / whole:4.0%})" for name, cost in dollars.items())
    print(
        f"{steps:3} steps: {found['transitions']:3.0f} transitions {found['calls']:3.0f} calls "
        f"{found['writes']:3.0f} write + {found['reads']:4.1f} read units = {whole * MILLION:6.0f}   {shares}"
    )


if __name__ == "__main__":
    main()
