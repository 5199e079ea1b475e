"""What S3 answers when it has no room for a request, which the embedded one never does."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from stepweave.adapters.values import Values
from stepweave.errors import Unavailable


class Bucket:
    """Has one object, and makes what it was given of every removal."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome

    def list_objects_v2(self, **_: Any) -> Any:
        return {"Contents": [{"Key": "runs/run_1/a.json"}]}

    def delete_objects(self, **_: Any) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def refused(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "DeleteObjects")  # type: ignore[typeddict-item]  # the rest of an answer is of no account


@pytest.mark.parametrize(
    "outcome",
    [
        refused("SlowDown", 503),
        refused("InternalError", 500),
        ConnectTimeoutError(endpoint_url="https://s3.example"),
        {"Errors": [{"Key": "runs/run_1/a.json", "Code": "InternalError"}]},
    ],
)
def test_what_s3_does_not_remove_now_may_be_removed_later(outcome: Any) -> None:
    bucket: Any = Bucket(outcome)
    with pytest.raises(Unavailable):
        Values(bucket, "b").remove("runs/run_1/")


def test_what_it_never_will_is_a_fault_of_ours() -> None:
    bucket: Any = Bucket(refused("AccessDenied", 403))
    with pytest.raises(ClientError):
        Values(bucket, "b").remove("runs/run_1/")
