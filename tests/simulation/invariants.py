"""What is compared with the book after every step: rows, counters, states and hashes; at the end, who is gone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection

from annotations.allocation.models import Assignment
from annotations.core import clock
from annotations.people.models import Enrolment
from annotations.responses.models import Response
from annotations.studies.models import Batch, Study, StudyVersion
from tests.simulation.book import OVERLAP, PERSON_MOVES, PLACES, STUDY_MOVES, UNIT_MOVES, Book


def by_key(rows: Any) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in rows.values()}


@dataclass
class Snapshot:
    """The rows as they were after a step."""

    study: str = "draft"
    enrolments: dict[int, dict[str, Any]] = field(default_factory=dict)
    assignments: dict[int, dict[str, Any]] = field(default_factory=dict)
    responses: dict[int, dict[str, Any]] = field(default_factory=dict)
    versions: dict[int, dict[str, Any]] = field(default_factory=dict)


def take_snapshot(study: int) -> Snapshot:
    return Snapshot(
        Study.objects.values_list("state", flat=True).get(pk=study),
        by_key(Enrolment.objects.all()),
        by_key(Assignment.objects.all()),
        by_key(Response.objects.all()),
        by_key(StudyVersion.objects.filter(study=study)),
    )


def check(book: Book, before: Snapshot, now: Snapshot) -> None:
    connection.check_constraints()
    assert now.study == book.state
    check_moves(before, now)
    check_immutable(book, before, now)
    follow(book, now)
    check_places_and_quotas(book)
    check_acknowledged(book, now)
    check_items_and_versions(book, now)
    assert_passages_whole(now)


def check_moves(before: Snapshot, now: Snapshot) -> None:
    assert now.study == before.study or now.study in STUDY_MOVES[before.study]
    for pk, row in now.enrolments.items():
        was = before.enrolments.get(pk, row)
        if row["state"] == was["state"]:
            continue
        came_back = was["state"] != "active" and "active" in PERSON_MOVES[was["state"]]
        start = "active" if came_back else was["state"]  # and may have gone on at once
        assert row["state"] in {start, *PERSON_MOVES[start]} - {was["state"]}, (was["state"], row["state"])
        assert not came_back or now.study == "open", "somebody came back to a study that takes nobody"
        if row["state"] == "lapsed" and not came_back:
            assert was["expires_at"] < clock.now(), "a place was taken from somebody who was in time"
    for pk, row in now.assignments.items():
        was = before.assignments.get(pk, row)
        assert row["state"] == was["state"] or row["state"] in UNIT_MOVES[was["state"]]
        assert was["first"] in (None, row["first"]), "a first part was changed"


def check_immutable(book: Book, before: Snapshot, now: Snapshot) -> None:
    """Answers and versions stay as they were written; only an erasure takes answers away."""
    erased = {person.enrolment.participant_id for person in book.people if person.erased}
    for pk, row in before.responses.items():
        if row["participant_id"] in erased:
            assert pk not in now.responses
        else:
            assert now.responses.get(pk) == row
    assert {pk: now.versions[pk] for pk in before.versions} == before.versions


def follow(book: Book, now: Snapshot) -> None:
    """Leases and places run out while nobody looks: the book notes what the checks above have allowed."""
    for person in book.present:
        row = now.enrolments[person.enrolment.pk]
        person.state, person.expires_at = row["state"], row["expires_at"]
        for pk, task in person.tasks.items():
            state = now.assignments[pk]["state"]
            if {task.state, state} <= {"leased", "released"}:
                task.state = state
            assert state == task.state, (task.state, state)


def check_places_and_quotas(book: Book) -> None:
    for batch in Batch.objects.exclude(state=Batch.PREPARING):
        assert book.held(batch.pk) == batch.running + batch.completed <= PLACES
    for unit in (unit for units in book.units.values() for unit in units):
        assert book.shares(unit) <= OVERLAP


def check_acknowledged(book: Book, now: Snapshot) -> None:
    """What was acknowledged is what is stored, each once, in the order in which it was corrected."""
    stored = {
        pk: (row["body_hash"], row["supersedes_id"], row["surplus"]) for pk, row in now.responses.items()
    }
    said = {}
    for _person, task in book.tasks:
        for pk, body, last in zip(task.rows, task.said, [None, *task.rows], strict=False):
            said[pk] = (body, last, not task.counted)
    assert stored == said


def check_items_and_versions(book: Book, now: Snapshot) -> None:
    for person in book.present:
        mine = [task.assignment for task in person.tasks.values()]
        items = Counter(one.item_id for one in mine if not one.repeat)
        assert set(items.values()) <= {1}, "an item came twice to one person"
        again = Counter(one.unit_id for one in mine if one.repeat)
        assert set(again.values()) <= {1}
    numbers = {row["definition_hash"]: row["number"] for row in now.versions.values()}
    titles = {row["number"]: row["definition"]["title"] for row in now.versions.values()}
    assert titles == dict(enumerate(book.titles, start=1))
    hashes = {row["number"]: row["definition_hash"] for row in now.versions.values()}
    assert len(numbers) == len(set(book.titles)), "equal definitions have equal hashes, others not"
    given = {task_pk: hashes[person.version] for person in book.present for task_pk in person.tasks}
    for row in now.responses.values():
        assert row["definition_hash"] == given[row["assignment_id"]]


def assert_passages_whole(now: Snapshot) -> None:
    """Only who holds a place holds a unit, one at a time; what is answered has an answer, and nothing else."""
    leased = Counter(row["enrolment_id"] for row in now.assignments.values() if row["state"] == "leased")
    assert all(now.enrolments[pk]["state"] == "active" and count == 1 for pk, count in leased.items())
    first = [row["assignment_id"] for row in now.responses.values() if row["supersedes_id"] is None]
    answered = [pk for pk, row in now.assignments.items() if row["state"] == "answered"]
    assert sorted(first) == sorted(answered)


def check_erased(book: Book) -> None:
    """No table has the pseudonym of somebody who was erased, nor a way back to them. It reads all there is,
    so it is asked at the end of each life."""
    gone = [person for person in book.people if person.erased]
    if not gone:
        return
    traces = {
        trace
        for person in gone
        for trace in (person.key, person.enrolment.token_hash, person.enrolment.entry_key)
    }
    for model in apps.get_app_config("annotations").get_models():
        text = str(list(model._base_manager.values_list()))
        assert not [trace for trace in traces if trace in text], model
