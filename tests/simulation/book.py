"""What must be true of a study, kept in memory: written from the rules of the design, not from the code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from annotations.allocation.models import Assignment
from annotations.people.models import Enrolment

PLACES, OVERLAP, EACH, GAP = 2, 1, 3, 1
HOLDING = ("active", "completed")
# From the words of the design; whatever is not named cannot happen.
STUDY_MOVES = {
    "draft": {"open", "closed"},
    "open": {"paused", "closed"},
    "paused": {"open", "closed"},
    "closed": set(),
}
PERSON_MOVES = {
    "active": {"completed", "left", "lapsed"},
    "left": {"active"},
    "lapsed": {"active"},
    "completed": set(),
}
UNIT_MOVES = {
    "leased": {"answered", "skipped", "released"},
    "released": {"leased", "answered", "skipped"},
    "answered": set(),
    "skipped": set(),
}


@dataclass
class Task:
    """A unit that was handed to somebody."""

    assignment: Assignment
    state: str = "leased"
    first: str = ""
    counted: bool = False
    # Body hashes of the answer and of its corrections, each acknowledged, and the ids of their rows.
    said: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    @property
    def takes_a_share(self) -> bool:
        return not self.assignment.repeat and not self.assignment.unit.is_check

    @property
    def scored(self) -> bool:
        return self.counted and self.takes_a_share


@dataclass
class Person:
    """Somebody who came. `enrolment` is what a form of theirs, sent late, would still refer to."""

    key: str
    entry_key: str
    enrolment: Enrolment
    version: int
    state: str = "active"
    expires_at: datetime | None = None
    erased: bool = False
    known: bool = False
    tasks: dict[int, Task] = field(default_factory=dict)

    @property
    def batch(self) -> int:
        return self.enrolment.batch_id

    @property
    def completed(self) -> bool:
        return self.state == "completed"

    @property
    def leased(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.state == "leased"]

    @property
    def done(self) -> int:
        return sum(task.state in ("answered", "skipped") for task in self.tasks.values())

    def overdue(self, now: datetime) -> bool:
        return self.state == "active" and self.expires_at is not None and self.expires_at < now


@dataclass
class Book:
    """The study and everybody in it. `units` are those with a quota, by batch."""

    state: str = "draft"
    titles: list[str] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    units: dict[int, list[int]] = field(default_factory=dict)
    excluded: set[int] = field(default_factory=set)
    regraded: dict[int, int] = field(default_factory=dict)

    @property
    def present(self) -> list[Person]:
        return [person for person in self.people if not person.erased]

    @property
    def tasks(self) -> list[tuple[Person, Task]]:
        return [(person, task) for person in self.present for task in person.tasks.values()]

    def held(self, batch: int, *, not_counting: datetime | None = None) -> int:
        """Places that are taken; without those that have run out by a moment, if one is given."""
        return sum(
            person.batch == batch
            and person.state in HOLDING
            and not (not_counting and person.overdue(not_counting))
            for person in self.present
        )

    def shares(self, unit: int, *, not_counting: datetime | None = None) -> int:
        """Leases and counted answers of a unit."""
        return sum(
            task.counted or (task.state == "leased" and not (not_counting and person.overdue(not_counting)))
            for person, task in self.tasks
            if task.takes_a_share and task.assignment.unit_id == unit
        )

    def has_room(self, now: datetime) -> bool:
        """Whether somebody new has to be let in: a place is free, or has run out, and a unit wants answers."""
        return self.state == "open" and any(
            self.held(batch, not_counting=now) < PLACES
            and any(self.shares(unit, not_counting=now) < OVERLAP for unit in units)
            for batch, units in self.units.items()
        )

    def late_answer_counts(self, person: Person, task: Task) -> bool:
        """Of a unit that was taken back: only if place and share are to be had again."""
        if person.state not in HOLDING and (self.state != "open" or self.held(person.batch) >= PLACES):
            return False
        return not task.takes_a_share or self.shares(task.assignment.unit_id) < OVERLAP

    @property
    def data(self) -> Any:
        """What analyses read: equal data have equal fingerprints, other data another stamp."""
        answers = {
            person.key: frozenset(
                task.rows[-1]
                for task in person.tasks.values()
                if task.scored and task.rows[-1] not in self.excluded
            )
            for person in self.present
        }
        read = frozenset((key, rows) for key, rows in answers.items() if rows)
        return self.titles[-1], read, tuple(sorted(self.regraded.items()))
