import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from stepweave.adapters.lambda_scripts import LambdaScripts
from stepweave.errors import StepError

REQUEST = {"language": "shell", "source": "echo ö", "input": None, "env": {}, "workflow_id": "wf_1"}
OUTCOME = {"exit_code": 0, "stdout": "", "stderr": "", "result": None, "result_error": None, "timed_out": False}


@dataclass
class FakeClient:
    answer: dict[str, Any] | Exception
    calls: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def scripts(client: FakeClient, *, isolate: bool = False) -> LambdaScripts:
    return LambdaScripts(cast(Any, client), "run-script", isolate=isolate)


def answered(body: Any, **members: str) -> FakeClient:
    return FakeClient({"Payload": BytesIO(json.dumps(body).encode()), **members})


def failure(client: FakeClient) -> StepError:
    with pytest.raises(StepError) as caught:
        scripts(client).run(REQUEST, 5.0)
    return caught.value


def client_error(code: str, status: int) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Invoke")


def test_the_function_gets_the_request_with_its_time_and_answers_the_outcome() -> None:
    client = answered(OUTCOME)
    assert scripts(client).run(REQUEST, 5.0) == OUTCOME
    (call,) = client.calls
    assert json.loads(call.pop("Payload")) == {**REQUEST, "timeout_seconds": 5.0}
    assert call == {"FunctionName": "run-script", "InvocationType": "RequestResponse"}


def test_what_a_script_leaves_is_never_half_a_surrogate_pair() -> None:
    request = {**REQUEST, "input": "\udcff"}
    client = answered({**OUTCOME, "result": "\udcff"})
    assert scripts(client).run(request, 5.0)["result"] == "\ufffd"
    assert json.loads(client.calls[0]["Payload"])["input"] == "\ufffd"


def test_a_result_may_be_as_deep_as_the_runner_lets_it_be() -> None:
    deep = json.loads("[" * 100 + "]" * 100)
    assert scripts(answered({**OUTCOME, "result": deep})).run(REQUEST, 5.0)["result"] == deep


@pytest.mark.parametrize("payload", [b"", b"no JSON", b"\xff", b"[]", b"null", b"{}", b'{"exit_code": 0}', b"1e999"])
def test_an_answer_that_is_no_outcome_fails_the_step_and_is_not_asked_for_again(payload: bytes) -> None:
    caught = failure(FakeClient({"Payload": BytesIO(payload)}))
    assert (caught.code, caught.kind) == ("script_unavailable", "permanent")


def test_a_function_that_died_without_a_word_is_told() -> None:
    assert failure(FakeClient({"Payload": BytesIO(b""), "FunctionError": "Unhandled"})).code == "script_crashed"


def test_with_isolation_the_workflow_is_the_tenant() -> None:
    client = answered(OUTCOME)
    scripts(client, isolate=True).run(REQUEST, 5.0)
    assert client.calls[0]["TenantId"] == "wf_1"


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (client_error("TooManyRequestsException", 429), "script_throttled", "throttled"),
        (client_error("EC2ThrottledException", 502), "script_throttled", "throttled"),
        (client_error("RequestTooLargeException", 413), "script_input_too_large", "permanent"),
        (client_error("ServiceException", 500), "script_unavailable", "server_error"),
        (client_error("AccessDeniedException", 403), "script_unavailable", "permanent"),
        (client_error("ResourceNotFoundException", 404), "script_unavailable", "permanent"),
        (ReadTimeoutError(endpoint_url="x"), "timeout", "timeout"),
        (EndpointConnectionError(endpoint_url="x"), "script_unavailable", "connection"),
    ],
)
def test_what_lambda_refuses_is_named_with_its_retry_class(error: Exception, code: str, kind: str) -> None:
    caught = failure(FakeClient(error))
    assert (caught.code, caught.kind) == (code, kind)


@pytest.mark.parametrize(
    ("body", "code", "kind"),
    [
        ({"errorType": "Runtime.OutOfMemory", "errorMessage": "killed"}, "script_crashed", "server_error"),
        ({"errorType": "Sandbox.Timedout", "errorMessage": "x"}, "timeout", "timeout"),
        ({"errorMessage": "2026-11-02 Task timed out after 870.00 seconds"}, "timeout", "timeout"),
        (None, "script_crashed", "server_error"),
    ],
)
def test_a_function_that_died_is_told_apart_from_a_script_that_failed(body: Any, code: str, kind: str) -> None:
    caught = failure(answered(body, FunctionError="Unhandled"))
    assert (caught.code, caught.kind) == (code, kind)
    assert "killed" not in caught.message
