"""One study on the clock of a life, the book beside it, and the chance that says whom an act is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from random import Random
from typing import Any, TypeVar

from django.db import transaction
from hypothesis import note

from annotations.people.enrolling import find_enrolment, session_token
from annotations.responses.answers import Answer
from annotations.studies.models import Study
from tests.simulation.book import Book, Person, Task

T = TypeVar("T")
# So often an act is about one whom it can change; else about anybody, whom it must leave as they are.
APT = 0.8


class World:
    """What all acts share. It is undone at the end, so the draft that each life begins with is loaded once."""

    study_pk: int

    def __init__(self) -> None:
        super().__init__()
        self.chance = Random(0)
        self.book = Book(titles=[self.study.title])
        # Of each analysis: the data by the book, their fingerprint, the stamp.
        self.seen: list[tuple[Any, str, Any]] = []
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())
        self.undone.callback(transaction.set_rollback, True)

    @property
    def study(self) -> Study:
        return Study.objects.select_related("version").get(pk=self.study_pk)

    def somebody(self, apt: Callable[[Person], Any]) -> Person:
        return self._one_of(self.book.people, apt)

    def some_task(self, apt: Callable[[Person, Task], Any]) -> tuple[Person, Task] | None:
        """None as long as nothing was handed out."""
        tasks = self.book.tasks
        return self._one_of(tasks, lambda one: apt(*one)) if tasks else None

    def some_judgement(self) -> Answer:
        return Answer(
            verdict=self.chance.choice(["correct", "incorrect", "unsure"]),
            confidence=self.chance.choice([0.0, 50.0]),
        )

    def enrolment(self, person: Person) -> Any:
        """As the next request of their browser would find it."""
        return find_enrolment(self.study.slug, session_token(person.entry_key))

    def _one_of(self, candidates: Sequence[T], apt: Callable[[T], Any]) -> T:
        fitting = [number for number, one in enumerate(candidates) if apt(one)]
        wanted = fitting if fitting and self.chance.random() < APT else range(len(candidates))
        number = self.chance.choice(wanted)
        note(f"    number {number} of {len(candidates)}")
        return candidates[number]
