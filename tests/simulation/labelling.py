"""What people do with units: look, answer in two parts, in time or late, correct, pass over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.core.errors import Refusal
from annotations.participation import flow
from annotations.responses.answers import Answer
from annotations.responses.models import Response
from annotations.responses.recording import Recorded, correct_response, record_first
from annotations.responses.skipping import skip_unit
from tests.simulation.book import EACH, Person, Task
from tests.simulation.world import World

Apt = Callable[[Person, Task], Any]
OWN, OTHER = (Answer(answer=text, dont_know=False) for text in ("4", "5"))


class Labelling(World):
    def look(self) -> None:
        """Of those who have a place and no unit, if there are any."""
        self._look(self.somebody(lambda one: one.state == "active" and not one.erased and not one.leased))

    def come_back(self) -> None:
        self._look(self.somebody(lambda one: one.state in ("left", "lapsed") and not one.erased))

    def look_and_answer(self) -> None:
        """Somebody goes on: of those who are under way, if there are any."""
        person = self.somebody(lambda one: one.state == "active" and not one.erased)
        self._look(person)
        if person.leased and not person.erased:
            self._answer(person, person.leased[0])

    def answer_again(self) -> None:
        self._answer_one(lambda _person, task: task.rows)

    def answer_late(self) -> None:
        self._answer_one(lambda _person, task: task.state == "released")

    def answer_too_late(self) -> None:
        """Others have the place or the share by now."""
        self._answer_one(
            lambda person, task: task.state == "released" and not self.book.late_answer_counts(person, task)
        )

    def correct(self) -> None:
        self._correct_one(lambda person, task: task.rows and not person.completed)

    def correct_after_the_end(self) -> None:
        self._correct_one(lambda person, task: task.rows and person.completed)

    def skip(self) -> None:
        self._skip_one(lambda _person, task: task.state == "leased")

    def skip_late(self) -> None:
        self._skip_one(lambda _person, task: task.state == "released")

    def _look(self, person: Person) -> None:
        enrolment = self.enrolment(person)
        if enrolment is None:
            assert person.erased or person.known
            return
        unit = flow.stand(enrolment).assignment
        if unit is None:
            assert not (person.leased and person.state == "active"), "a unit on lease was not shown again"
            self._note_the_end(person)
            return
        assert [task.assignment.pk for task in person.leased] in ([], [unit.pk])
        assert person.done < EACH
        known = person.tasks.setdefault(unit.pk, Task(unit, state="new"))
        assert known.state in ("new", "leased", "released")
        assert known.state == "leased" or self.book.state == "open", (
            "something was handed out though the study has stopped"
        )
        person.state, known.state = "active", "leased"

    def _note_the_end(self, person: Person) -> None:
        """Without a unit: done, or all taken, or no place. Whoever is done with all has completed."""
        state = type(person.enrolment).objects.values_list("state", flat=True).get(pk=person.enrolment.pk)
        if person.done >= EACH and person.state == "active":
            assert state == "completed"
        if state == "completed":
            assert person.done
        person.state = state

    def _answer_one(self, apt: Apt) -> None:
        found = self.some_task(apt)
        if found is not None:
            self._answer(*found)

    def _answer(self, person: Person, task: Task) -> None:
        enrolment, unit = self.enrolment(person) or person.enrolment, task.assignment
        answer = self.some_judgement()
        if task.state in ("leased", "released") and not task.first:
            with pytest.raises(Refusal):  # the second part before the first
                flow.submit(enrolment=enrolment, assignment=unit, answer=answer)
            assert record_first(enrolment=enrolment, assignment=unit, answer=OWN)
            assert not record_first(enrolment=enrolment, assignment=unit, answer=OTHER)
            task.first = OWN.answer
        if task.state == "skipped":
            with pytest.raises(Refusal):
                flow.submit(enrolment=enrolment, assignment=unit, answer=answer)
            return
        counts = task.state == "leased" or self.book.late_answer_counts(person, task)
        recorded = flow.submit(enrolment=enrolment, assignment=unit, answer=answer)
        if task.state == "answered":
            same = answer.body_hash() in (task.said[0], task.said[-1])
            assert recorded.outcome == (Recorded.REPLAYED if same else Recorded.OTHER)
            return
        assert recorded.outcome == Recorded.STORED
        assert recorded.response.surplus is not counts
        assert recorded.response.answer == OWN.answer
        task.state, task.counted = "answered", counts
        task.said.append(answer.body_hash())
        task.rows.append(recorded.response.pk)

    def _correct_one(self, apt: Apt) -> None:
        found = self.some_task(apt)
        if found is None or not found[1].rows:
            return
        person, task = found
        answer, of_the_first = self.some_judgement(), self.chance.random() < 0.5
        response = Response.objects.get(pk=task.rows[0 if of_the_first else -1])
        superseded = of_the_first and len(task.rows) > 1
        if person.completed or (superseded and answer.body_hash() != task.said[1]):
            with pytest.raises(Refusal):
                correct_response(response=response, answer=answer)
            return
        stored = correct_response(response=response, answer=answer)
        if superseded:
            assert stored.pk == task.rows[1]  # sent twice, stored once
        else:
            task.rows.append(stored.pk)
            task.said.append(answer.body_hash())

    def _skip_one(self, apt: Apt) -> None:
        found = self.some_task(apt)
        if found is None:
            return
        person, task = found
        enrolment = self.enrolment(person) or person.enrolment
        if task.state == "answered":
            with pytest.raises(Refusal):
                skip_unit(enrolment=enrolment, assignment=task.assignment)
            return
        assert skip_unit(enrolment=enrolment, assignment=task.assignment) is (task.state != "skipped")
        task.state = "skipped"
