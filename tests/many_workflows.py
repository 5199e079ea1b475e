"""Many workflows in the embedded table, written past its API: what is to be measured is reading them."""

from collections import Counter

from moto.dynamodb.models import dynamodb_backends

from fakes.samples import a_workflow
from stepweave.adapters import workflow_facets as facets
from stepweave.adapters.table import dump
from stepweave.adapters.workflow_items import row_items, workflow_item
from stepweave.domain.workflow import Workflow
from stepweave.local.embedded import ACCOUNT, REGION

STATUSES = ("active", "paused", "draft", "archived")


def numbered(number: int) -> Workflow:
    """Every 4th has each status, every 10th the tag `ten`; ten have the tag `rare`, and a word that no other has."""
    rare = number < 1_000 and number % 100 == 0
    tags = [*(["ten"] if number % 10 == 0 else []), *(["rare"] if rare else []), "all"]
    return a_workflow(
        id=f"wf_{number:026}",
        name=f"{'Needle' if rare else 'Straw'} number{number}",
        status=STATUSES[number % 4],
        updated_at=f"2026-11-02T08:{number // 60_000:02}:{number // 1_000 % 60:02}.{number % 1_000:03}Z",
        tags=tuple(tags),
    )


def write_many(table_name: str, first: int, last: int) -> None:
    """The workflows from number `first` up to `last`, as the store would have written them, without definitions."""
    table = dynamodb_backends[ACCOUNT][REGION].get_table(table_name)
    counts: Counter[tuple[str, str]] = Counter()
    for number in range(first, last):
        workflow = numbered(number)
        for item in (workflow_item(workflow), *row_items(workflow).values()):
            table.put_item(dump(item), overwrite=True)
        counts.update((name, workflow.id[-1]) for name in facets.counted_lists(workflow))
    for (name, shard), count in counts.items():
        key = {"pk": f"COUNT#{name}", "sk": shard}
        hash_key, range_key = dynamodb_backends[ACCOUNT][REGION].get_keys_value(table, dump(key))
        found = table.get_item(hash_key, range_key)
        before = int(found.attrs["count"].value) if found else 0
        table.put_item(dump({**key, "count": before + count}), overwrite=True)
