import pytest
from botocore.exceptions import ClientError

from fakes.samples import a_version, a_workflow
from fakes.stores import FakeValues
from stepweave.adapters import transaction as to
from stepweave.adapters.table import Table, TransactionFailed
from stepweave.adapters.workflow_store import WorkflowStore
from stepweave.errors import Unavailable


class Client:
    """Refuses every transaction for those reasons, or for none."""

    def __init__(self, code, *reasons):
        self.error = {"Error": {"Code": code, "Message": ""}}
        if reasons:
            self.error["CancellationReasons"] = [{"Code": each} for each in reasons]

    def transact_write_items(self, TransactItems):  # noqa: N803  # as boto3 has it
        raise ClientError(self.error, "TransactWriteItems")


def refused(*reasons):
    return Table(Client("TransactionCanceledException", *reasons), "table")


def test_a_write_names_what_its_expressions_name():
    write = to.update("a", "b", "ADD #count :by", "#rev = :rev", {":by": 1, ":rev": 2})["Update"]
    assert write["ExpressionAttributeNames"] == {"#count": "count", "#rev": "rev"}
    assert write["ExpressionAttributeValues"] == {":by": {"N": "1"}, ":rev": {"N": "2"}}
    assert to.delete("a", "b")["Delete"] == {"Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}}


def test_reasons_stand_beside_the_writes_that_they_are_about():
    with pytest.raises(TransactionFailed) as error:
        refused("None", "ConditionalCheckFailed").transact([])
    assert [reason and reason.code for reason in error.value.reasons] == [None, "ConditionalCheckFailed"]
    assert not error.value.contended


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError"])
def test_a_workflow_that_others_write_at_this_moment_is_tried_again(code):
    store = WorkflowStore(refused("None", "None", code), FakeValues())
    assert not store.create(a_workflow(), a_version())
    assert not store.write(a_workflow(), a_workflow(rev=2), None, retired_at=None)
    assert not store.delete(a_workflow(), "2026")


def test_what_does_not_pass_by_itself_is_an_error():
    store = WorkflowStore(refused("None", "None", "ValidationError"), FakeValues())
    with pytest.raises(TransactionFailed):
        store.create(a_workflow(), a_version())


def test_a_table_that_does_not_answer_is_unavailable():
    with pytest.raises(Unavailable):
        Table(Client("ThrottlingException"), "table").transact([])
