"""Whatever a step's expressions yielded and whatever answers it: it is done, or fails with a `StepError` that fits an
item of the store."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, cast

from hypothesis import example, given
from hypothesis import strategies as st

from stepweave.adapters.lambda_scripts import LambdaScripts
from stepweave.adapters.value_items import fail_item
from stepweave.domain.run import Fail
from stepweave.domain.url import parse_url
from stepweave.errors import StepError
from stepweave.services.ports import Done, StepBody, StepContext, Wait
from stepweave.steps.condition import condition
from stepweave.steps.content import body_value
from stepweave.steps.header import check_headers
from stepweave.steps.http_request import METHODS, http_request
from stepweave.steps.script import script
from stepweave.steps.transport import Request, Response
from stepweave.steps.wait import wait

NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
DAY = 86_400.0
TEXTS = st.one_of(
    st.text(st.characters()),
    st.text(st.characters(categories=["Cs", "Cc", "Nd"]), max_size=20),
    st.sampled_from(["\ud800", "a\udcffb", "\0", "never", "1e999", "-1", "9" * 400, "\U0001f600" * 50]),
)
NUMBERS = st.one_of(
    st.integers(), st.floats(), st.sampled_from([10**400, -(10**4000), 1e300, 2**63, -1, True, float("nan")])
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def config(**likely: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Members that a type has, each likely or anything at all, and some left out."""
    return st.fixed_dictionaries({}, optional={name: each | JSON for name, each in likely.items()})


def settle(body: StepBody, given_config: Mapping[str, Any], evaluate: Callable[[str], Any] = json.loads) -> None:
    context = StepContext(
        run_id="run_1",
        workflow_id="wf_1",
        step_id="work",
        config=given_config,
        raw=given_config,
        evaluate=evaluate,
        env={},
        timeout_seconds=5.0,
        idempotency_key="run_1:work",
        attempt=1,
        first_entered=NOW,
        now=NOW,
    )
    match outcome_of(body, context):
        case Wait(until=due):
            assert (due - NOW).total_seconds() <= 365 * DAY
        case Done(output=output):
            assert written(output)
        case StepError() as error:
            assert 0 <= (error.retry_after or 0) <= DAY
            assert len(written(fail_item(Fail(error.code, error.message, error.details)))) < 150_000


def outcome_of(body: StepBody, context: StepContext) -> Done | Wait | StepError:
    try:
        return body(context)
    except StepError as error:
        return error


def written(value: Any) -> bytes:
    """As the store has it; fails for what cannot be kept."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


@dataclass
class Answering:
    """A transport that judges a request as the real one does, and then has its answer."""

    answer: Response

    def send(self, request: Request, timeout_seconds: float) -> Response:
        check_headers(request.headers)
        url = parse_url(request.url)
        # What http.client does with them.
        url.target.encode("ascii")
        url.authority.encode("ascii")
        for name, value in request.headers.items():
            (name.encode("ascii"), value.encode("latin-1"))
        assert request.body is None or isinstance(request.body, bytes)
        return self.answer


URLS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["http://", "https://", "http:", "//", "", "ftp://"]),
        st.sampled_from(
            ["api.example", "[::1]", "127.0.0.1", "bücher.example", "a:9999999", "u@h", "[", "x" * 300, ""]
        ),
        st.sampled_from(["", "/", ":", "?", "#", "/a?b#c"]),
        TEXTS,
    ),
)
AUTHS = config(
    type=st.sampled_from(["bearer", "basic", "header", "oauth2"]),
    token=TEXTS,
    username=TEXTS,
    password=TEXTS,
    name=TEXTS,
    value=TEXTS,
    token_url=URLS,
    client_id=TEXTS,
    client_secret=TEXTS,
    scope=TEXTS,
)
REQUESTS = config(
    url=URLS,
    method=st.sampled_from(METHODS),
    headers=st.dictionaries(TEXTS | st.just("X"), TEXTS | NUMBERS, max_size=3),
    query=st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS), max_size=3),
    body=TEXTS,
    json=JSON,
    form=st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS), max_size=3),
    auth=AUTHS,
    expect_status=st.integers() | st.lists(st.integers()),
)
BODIES = st.one_of(
    st.binary(),
    JSON.map(lambda value: json.dumps(value, allow_nan=True).encode()),
    st.sampled_from([b'{"access_token":"t","expires_in":1e999}', b'["\\udcff"]', b"1e999", b"[" * 200 + b"]" * 200]),
)
HEADER_TEXTS = st.text(st.characters(max_codepoint=255))
ANSWERS = st.builds(
    Response,
    st.sampled_from([200, 204, 401, 404, 425, 429, 500, 503]),
    st.fixed_dictionaries(
        {},
        optional={
            "content-type": HEADER_TEXTS
            | st.sampled_from(["application/json", "text/plain; charset=utf-16", "a; b*=c"]),
            "retry-after": HEADER_TEXTS | st.from_regex(r"\A[0-9]{1,40}\Z") | st.just("9" * 400),
        },
    ),
    BODIES,
    st.just("https://api.example"),
)


@given(REQUESTS, ANSWERS)
@example({"url": "http://a/\udcff"}, Response(200, {}, b"", "http://a"))
@example({"url": "http://a/"}, Response(503, {"retry-after": "9" * 400}, b"", "http://a"))
@example({"url": "http://a/"}, Response(200, {"content-type": "application/json"}, b"1e999", "http://a"))
def test_an_http_request_is_done_or_fails_as_a_step(config: dict[str, Any], answer: Response) -> None:
    settle(http_request(Answering(answer), lambda: 0.0), config)


@given(st.fixed_dictionaries({"content-type": HEADER_TEXTS | st.just("application/json")}), BODIES)
def test_a_body_of_any_kind_becomes_a_value_that_can_be_kept(headers: dict[str, str], body: bytes) -> None:
    assert written(body_value(headers, body))


@dataclass
class AnsweringFunction:
    """Lambda's client, whose function answers with that payload."""

    payload: bytes

    def invoke(self, **call: Any) -> dict[str, Any]:
        assert isinstance(json.loads(call["Payload"]), dict)
        return {"Payload": BytesIO(self.payload)}


SCRIPTS = config(
    language=st.sampled_from(["python", "shell"]),
    source=TEXTS,
    input=JSON,
    env=st.dictionaries(TEXTS | st.sampled_from(["A", "B"]), TEXTS | NUMBERS, max_size=3),
)
OUTCOMES = st.fixed_dictionaries(
    {
        "exit_code": st.integers(0, 255),
        "stdout": TEXTS | st.just("\x00" * 65_536) | st.just("\ufffd" * 65_536),
        "stderr": TEXTS | st.just("\ufffd" * 65_536),
        "result": JSON,
        "result_error": st.none() | TEXTS,
        "timed_out": st.booleans(),
    }
)


@given(SCRIPTS, OUTCOMES.map(lambda outcome: json.dumps(outcome).encode()) | BODIES)
def test_a_script_in_lambda_is_done_or_fails_as_a_step(config: dict[str, Any], payload: bytes) -> None:
    settle(script(LambdaScripts(cast(Any, AnsweringFunction(payload)), "run-script", isolate=True)), config)


WAITS = config(
    seconds=NUMBERS | TEXTS,
    duration=TEXTS | st.sampled_from(["5m", "9" * 400 + "s", "1e3", "5 minutes"]),
    until=TEXTS | st.sampled_from(["never", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]),
    condition=TEXTS,
    signal=JSON,
)


@given(WAITS)
@example({"seconds": 1e300})
@example({"until": "never"})
@example({"until": "2026-11-02T08:30:00Z\udcff"})
def test_a_wait_waits_or_fails_as_a_step(config: dict[str, Any]) -> None:
    settle(wait(), config, lambda _: False)


@given(TEXTS, JSON)
def test_a_wait_for_a_condition_takes_whatever_its_expression_yields(text: str, value: Any) -> None:
    settle(wait(), {"condition": text, "interval_seconds": 30}, lambda _: value)


@given(st.lists(JSON, min_size=1, max_size=3))
def test_a_condition_takes_a_branch_whatever_its_expressions_yield(values: list[Any]) -> None:
    cases = [{"when": str(index), "then": ["a"]} for index in range(len(values))]
    settle(condition(), {"cases": cases}, lambda when: values[int(when)])
    settle(condition(), {"expression": "0", "then": ["a"]}, lambda when: values[int(when)])
