"""What the table makes of DynamoDB's failures."""

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from stepweave.adapters.table import Table
from stepweave.errors import Unavailable

URL = "https://dynamodb.eu-west-1.amazonaws.com"


class Failing:
    """A client whose every operation fails."""

    def __init__(self, error):
        self._error = error

    def __getattr__(self, _operation):
        def fail(**_request):
            raise self._error

        return fail


def refused(code):
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetItem")


OPERATIONS = {
    "get": lambda table: table.get("a", "b"),
    "put": lambda table: table.put({"pk": "a"}, ""),
    "update": lambda table: table.update("a", "b", "SET #x = :x", "", {":x": 1}),
    "delete": lambda table: table.delete("a", "b"),
    "create_all": lambda table: table.create_all([{"pk": "a"}]),
    "delete_all": lambda table: table.delete_all([("a", "b")]),
    "batch_get": lambda table: table.batch_get([("a", "b")]),
    "query": lambda table: table.query("pk = :pk", {":pk": "a"}),
    "count": lambda table: table.count("pk = :pk", {":pk": "a"}, index="by_list"),
    "transact": lambda table: table.transact([{"Put": {"Item": {}}}]),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "error",
    [
        refused("ProvisionedThroughputExceededException"),
        refused("ThrottlingException"),
        refused("InternalServerError"),
        ReadTimeoutError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        EndpointConnectionError(endpoint_url=URL),
    ],
)
def test_what_passes_by_itself_may_be_tried_again(operation, error):
    with pytest.raises(Unavailable) as raised:
        OPERATIONS[operation](Table(Failing(error), "table"))
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_does_not_is_a_fault_of_ours(operation):
    with pytest.raises(ClientError):
        OPERATIONS[operation](Table(Failing(refused("ValidationException")), "table"))
