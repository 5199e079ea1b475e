"""Workflows and their versions, in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from stepweave.adapters.workflow_facets import finds
from stepweave.domain.keyset import Place
from stepweave.domain.workflow import Machine, Version, VersionNote, Workflow, WorkflowStatus
from stepweave.errors import Conflict, NotFound
from stepweave.services.listing import WorkflowFilters
from stepweave.services.ports import Current, NamedPage, OldMachines, Page


@dataclass
class FakeWorkflows:
    """`overtaken`: how many of the next writes find that somebody else writes."""

    workflows: dict[str, Workflow] = field(default_factory=dict)
    versions: dict[tuple[str, int], Version] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)
    checks: dict[tuple[str, int], str] = field(default_factory=dict)
    past: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    overtaken: int = 0

    def create(self, workflow: Workflow, version: Version) -> bool | None:
        if workflow.id in self.gone:
            raise NotFound("workflow", workflow.id)
        if workflow.id in self.workflows:
            return False
        self._take_slug(workflow)
        self.workflows[workflow.id] = workflow
        self.versions[workflow.id, version.number] = version
        return True

    def _take_slug(self, workflow: Workflow) -> None:
        if self.slugs.get(workflow.slug or "", workflow.id) != workflow.id:
            raise Conflict("taken", code="slug_taken")
        self.slugs = {slug: owner for slug, owner in self.slugs.items() if owner != workflow.id}
        if workflow.slug:
            self.slugs[workflow.slug] = workflow.id

    def write(self, before: Workflow, after: Workflow, version: Version | None, *, retired_at: str | None) -> bool:
        if self._is_overtaken(before):
            return False
        self._take_slug(after)
        self.workflows[after.id] = after
        if version:
            self.versions[after.id, version.number] = version
        if retired_at is not None:
            self.checks[before.id, before.version] = retired_at
        return True

    def _is_overtaken(self, before: Workflow) -> bool:
        self.overtaken -= 1
        stands = self.workflows.get(before.id)
        return self.overtaken >= 0 or stands is None or stands.rev != before.rev

    def delete(self, workflow: Workflow, now: str) -> bool:
        if self._is_overtaken(workflow):
            return False
        self._take_slug(replace(workflow, slug=None))
        del self.workflows[workflow.id]
        self.gone[workflow.id] = now
        return True

    def resolve(self, ref: str) -> str | None:
        return ref if ref.startswith("wf_") else self.slugs.get(ref)

    def get(self, workflow_id: str) -> Current | None:
        workflow = self.workflows.get(workflow_id)
        if workflow is None:
            return None
        return Current(workflow, self.versions[workflow_id, workflow.version])

    def status(self, workflow_id: str) -> WorkflowStatus | None:
        workflow = self.workflows.get(workflow_id)
        return workflow.status if workflow else None

    def version(self, workflow_id: str, number: int) -> Version | None:
        return self.versions.get((workflow_id, number))

    def notes(self, workflow_id: str, *, newest: int, limit: int, offset: int, cursor: str | None) -> Page[VersionNote]:
        last = newest if cursor is None else int(cursor) - 1
        numbers = list(range(last, 0, -1))[offset:]
        found = [self.versions[workflow_id, number] for number in numbers[:limit]]
        rows = [VersionNote(each.number, each.change_summary, each.created_at, each.created_by) for each in found]
        return Page(rows, newest, str(numbers[limit - 1]) if len(numbers) > limit else None)

    def page(self, filters: WorkflowFilters, *, limit: int, offset: int, cursor: str | None) -> Page[Workflow]:
        found = [each for each in self.workflows.values() if _passes(each, filters)]
        ordered = sorted(found, key=_key, reverse=True)
        rest = [each for each in ordered if cursor is None or _key(each) < cursor][offset:]
        return Page(rest[:limit], len(found), _key(rest[limit - 1]) if len(rest) > limit else None)

    def named(self, prefix: str, *, limit: int, at: Place | None) -> NamedPage:
        names = sorted(each.slug or each.id for each in self.workflows.values())
        names = [each for each in names if each.startswith(prefix)]
        place = at or Place("after", "")
        if place.side == "after":
            rows = [each for each in names if each > place.id][:limit]
        else:
            rows = [each for each in names if each < place.id][-limit:]
        found = [self.get(self.resolve(each) or "") for each in rows]
        after = Place("after", rows[-1]) if rows and rows[-1] != names[-1] else None
        before = Place("before", rows[0]) if rows and rows[0] != names[0] else None
        return NamedPage([each for each in found if each], len(names), after, before)

    def set_machine(
        self, workflow_id: str, number: int, machine: Machine, *, replaces: str | None, check_after: str
    ) -> None:
        place = workflow_id, number
        self.versions[place] = replace(self.versions[place], machine=machine)
        self.checks[place] = check_after
        if replaces not in (None, machine.arn):
            self.past.setdefault(place, set()).add(replaces)


def _key(workflow: Workflow) -> str:
    return f"{workflow.updated_at}#{workflow.id}"


def _passes(workflow: Workflow, filters: WorkflowFilters) -> bool:
    return (
        filters.status in (None, workflow.status)
        and filters.trigger_type in (None, workflow.trigger_type)
        and set(filters.tags) <= set(workflow.tags)
        and (filters.q is None or finds(filters.q, workflow.name))
    )


@dataclass
class FakeDeleted:
    """What is left of deleted workflows among those."""

    workflows: FakeWorkflows
    checks: dict[str, str] = field(default_factory=dict)

    def due(self, now: str, limit: int) -> Sequence[str]:
        checks = {each: self.checks.get(each, at) for each, at in self.workflows.gone.items()}
        return sorted((each for each, at in checks.items() if at <= now), key=lambda each: checks[each])[:limit]

    def deleted_at(self, workflow_id: str) -> str | None:
        return self.workflows.gone.get(workflow_id)

    def machines(self, workflow_id: str) -> Sequence[str]:
        of_it = {place: version for place, version in self.workflows.versions.items() if place[0] == workflow_id}
        arns = {version.machine.arn for version in of_it.values() if version.machine}
        return sorted(arns.union(*(self.workflows.past.get(place, set()) for place in of_it)))

    def remove_versions(self, workflow_id: str) -> None:
        for place in [place for place in self.workflows.versions if place[0] == workflow_id]:
            del self.workflows.versions[place]

    def put_off(self, workflow_id: str, check_after: str) -> None:
        self.checks[workflow_id] = check_after

    def forget(self, workflow_id: str) -> None:
        self.workflows.gone.pop(workflow_id, None)


@dataclass
class FakeRetired:
    workflows: FakeWorkflows

    def due(self, now: str, limit: int) -> Sequence[OldMachines]:
        found = sorted((at, place) for place, at in self.workflows.checks.items() if at <= now)
        return [self._old(*place, at) for at, place in found if place[0] in self.workflows.workflows][:limit]

    def _old(self, workflow_id: str, number: int, due: str) -> OldMachines:
        machine = self.workflows.versions[workflow_id, number].machine
        current = self.workflows.workflows[workflow_id].version == number
        past = frozenset(self.workflows.past.get((workflow_id, number), ()))
        return OldMachines(workflow_id, number, machine.arn if machine else None, past, current, due)

    def forget(self, old: OldMachines, arns: Iterable[str], check_after: str | None) -> None:
        place, gone = (old.workflow_id, old.number), set(arns)
        if self.workflows.checks.get(place) != old.due:
            return
        if old.arn in gone:
            self.workflows.versions[place] = replace(self.workflows.versions[place], machine=None)
        self.workflows.past[place] = set(old.past) - gone
        if check_after is None:
            del self.workflows.checks[place]
        else:
            self.workflows.checks[place] = check_after
