"""Random workflow documents of Compozy's, and what happens in a run of one."""

import random
from typing import Any

from hypothesis import strategies as st

from compozy_documents import asks, task, workflow
from compozy_walk import Walk, inside, leads_to, reached

Json = dict[str, Any]
KEYS = ("left", "right", "true", "3")


@st.composite
def documents(draw: st.DrawFn, most: int = 8) -> Json:
    """Tasks of every type that is translated, each leading only to later ones, and all of them led to."""
    chosen = draw(st.randoms(use_true_random=True))
    ids = [f"t{number}" for number in range(draw(st.integers(1, most)))]
    tasks = [_top(name, ids[index + 1 :], chosen) for index, name in enumerate(ids)]
    known = {each["id"]: each for each in tasks}
    kept = [each for each in tasks if each["id"] in reached(known, ids[0])]
    for each in [each for each in kept if each.get("type") == "router"]:
        _write_out_a_route(each, kept, chosen)
    first, *rest = kept
    chosen.shuffle(rest)
    document = workflow(first, *rest)
    if chosen.random() < 0.3:
        document["config"] = {"on_error": {"next": chosen.choice(document["tasks"])["id"]}}
    return document


def _top(name: str, later: list[str], chosen: random.Random) -> Json:
    made = _task(name, chosen, 2)
    if chosen.random() < 0.2 and later and "type" not in made:
        keys = chosen.sample(KEYS, chosen.randint(1, 3))
        made = task("router", name, condition=f"input.picks.{name}", routes={key: chosen.choice(later) for key in keys})
    elif later and chosen.random() < 0.9:
        made["on_success"] = {"next": chosen.choice(later[:3])}
    if later and chosen.random() < 0.5:
        made["on_error"] = {"next": chosen.choice(later[:3])}
    if made.get("type") == "wait" and later and chosen.random() < 0.5:
        made["on_timeout"] = chosen.choice(later[:3])
    if made.get("type") != "router" and chosen.random() < 0.15:
        made["sleep"] = "30s"
    return made


def _task(name: str, chosen: random.Random, depth: int) -> Json:
    kind = chosen.choice(["basic", "basic", "basic", "aggregate", "wait", "parallel", "composite", "collection"])
    strategy = chosen.choice([{}, {}, {"strategy": "fail_fast"}, {"strategy": "best_effort"}])
    match kind:
        case "aggregate":
            return task("aggregate", name, outputs={"n": "{{ .workflow.input.n }}"})
        case "wait":
            return task("wait", name, wait_for="go")
        case "parallel" | "composite" if depth:
            children = [_task(f"{name}_{index}", chosen, depth - 1) for index in range(chosen.randint(1, 3))]
            return task(kind, name, tasks=children, **(strategy if kind == "parallel" else {}))
        case "collection" if depth:
            items = f"{{{{ .workflow.input.items.{name} }}}}"
            return task("collection", name, items=items, task=_task(f"{name}_x", chosen, depth - 1), **strategy)
    return asks(name)


def _write_out_a_route(router: Json, tasks: list[Json], chosen: random.Random) -> None:
    """A task that this router alone leads to, and by one route, may stand in the route itself."""
    for key, target in router["routes"].items():
        leading = [each for task_ in tasks for each in leads_to(task_) if each == target]
        found = next(each for each in tasks if each["id"] == target)
        if len(leading) == 1 and found.get("type") != "router" and chosen.random() < 0.5:
            router["routes"][key] = found
            tasks.remove(found)
            return


def fate(document: Json, chosen: random.Random) -> Walk:
    """What happens in a run: some tasks fail, some routers have no route for what they come to."""
    everything = [found for each in _tasks(document) for found in inside(each)]
    counts = {each["id"]: chosen.randint(0, 3) for each in everything if each.get("type") == "collection"}
    picks = {
        each["id"]: chosen.choice([*each["routes"], "nowhere"]) for each in everything if each.get("type") == "router"
    }
    keys = [key for each in _tasks(document) for key in _keys(each, "", counts)]
    fails = {key for key in keys if chosen.random() < 0.25}
    return Walk(picks, fails, counts)


def _tasks(document: Json) -> list[Json]:
    inline = [
        found for each in document["tasks"] for found in each.get("routes", {}).values() if isinstance(found, dict)
    ]
    return [*document["tasks"], *inline]


def _keys(task_: Json, position: str, counts: dict[str, int]) -> list[str]:
    """The step runs in which a task that works itself may fail."""
    if task_.get("type") == "collection":
        places = [f"{position}.{index}" if position else str(index) for index in range(counts[task_["id"]])]
        return [key for place in places for key in _keys(task_["task"], place, counts)]
    if "tasks" in task_:
        return [key for each in task_["tasks"] for key in _keys(each, position, counts)]
    return [] if task_.get("type") == "router" else [f"{task_['id']}@{position}" if position else task_["id"]]
