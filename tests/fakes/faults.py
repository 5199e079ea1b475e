"""Faults of AWS: each call of a client may fail before or after its effect, take effect twice, be the last of its
process, or come after what another process has done meanwhile."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from fakes.step_functions import Refused

Kind = Literal[
    "fail before", "fail after", "die before", "die after", "twice", "the same meanwhile", "reconcile meanwhile"
]
KINDS: tuple[Kind, ...] = (
    "fail before",
    "fail after",
    "die before",
    "die after",
    "twice",
    "the same meanwhile",
    "reconcile meanwhile",
)


class Died(BaseException):
    """The function was ended where it stood: nothing of it runs any more, no handler of exceptions either."""


class Faults:
    """`next_fault` says of each call, by its number, what goes wrong with it."""

    def __init__(
        self, answer: Callable[[str, dict[str, Any]], dict[str, Any]], meanwhile: Callable[[Kind], None]
    ) -> None:
        self._answer, self._meanwhile = answer, meanwhile
        self.next_fault: Callable[[int, str], Kind | None] = lambda _number, _name: None
        self.calls: list[str] = []
        self.made: list[str] = []
        self._asked: dict[str, Any] = {}
        self._fault: Kind | None = None
        self._is_extra = False

    def on_parameters(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        if not self._is_extra:
            self._asked = dict(params)

    def on_before(self, model: Any, context: Any, **_: Any) -> Any:
        service = model.service_model.service_name
        if self._is_extra:
            return None
        self._fault = self.next_fault(len(self.calls), model.name)
        self.calls.append(model.name)
        if self._fault:
            self.made.append(f"{self._fault} {len(self.calls) - 1} {model.name}")
        self._raise("before")
        if self._fault in ("the same meanwhile", "reconcile meanwhile"):
            self._let_others(self._fault)
        params = self._asked
        if self._fault == "twice":
            self._once_more(service, model.name, params)
        if service != "stepfunctions":
            return None
        return self._simulated(model.name, params)

    def _let_others(self, kind: Kind) -> None:
        """Their calls have no faults, and leave this one as it was."""
        asked, next_fault = self._asked, self.next_fault
        self.next_fault = lambda _number, _name: None
        try:
            self._meanwhile(kind)
        finally:
            self._asked, self.next_fault, self._fault = asked, next_fault, None

    def on_after(self, **_: Any) -> None:
        if not self._is_extra:
            self._raise("after")

    def _raise(self, when: str) -> None:
        fault, self._fault = self._fault, None if when == "after" else self._fault
        if fault == f"die {when}":
            raise Died
        if fault == f"fail {when}":
            raise ConnectionClosedError(endpoint_url="https://aws.example")

    def _once_more(self, service: str, operation: str, params: dict[str, Any]) -> None:
        """The first of two: its answer was lost, and the client sent it again."""
        if service == "stepfunctions":
            self._simulated(operation, params)
            return
        self._is_extra = True
        try:
            getattr(boto3.client(service), re.sub("(?<!^)(?=[A-Z])", "_", operation).lower())(**params)
        except ClientError:
            pass
        finally:
            self._is_extra = False

    def _simulated(self, operation: str, params: dict[str, Any]) -> Any:
        class Http:
            status_code = 200

        try:
            return Http, self._answer(operation, params)
        except Refused as error:
            Http.status_code = 400
            return Http, {
                "Error": {"Code": error.code, "Message": error.code},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }


class FaultySession(boto3.Session):
    """Its clients are subject to `faults`, which may change at any time. One client of a service is enough for all:
    making one takes longer than a dozen calls."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: Faults | None = None
        self._clients: dict[str, Any] = {}
        for name, hook in (
            ("provide-client-params", "on_parameters"),
            ("before-call", "on_before"),
            ("after-call", "on_after"),
        ):
            self.events.register(name, partial(self._told, hook))

    def _told(self, hook: str, **told: Any) -> Any:
        return getattr(self.faults, hook)(**told) if self.faults else None

    def client(self, service_name: str, *_: Any, **__: Any) -> Any:
        if service_name not in self._clients:
            config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
            self._clients[service_name] = super().client(service_name, config=config)
        return self._clients[service_name]


@contextmanager
def faulty_session() -> Iterator[FaultySession]:
    """boto3's default session meanwhile."""
    session = boto3.DEFAULT_SESSION = FaultySession()
    try:
        yield session
    finally:
        boto3.setup_default_session()
