"""The life of one study: people, the clock and a researcher act in any order, and the book is compared."""

from __future__ import annotations

import copy
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from annotations.allocation.services import leave, sweep_leases
from annotations.analysis.frames import read_study
from annotations.analysis.runs import stamp_of
from annotations.catalogue.models import Grade
from annotations.core import clock
from annotations.core.errors import NotFound, Refusal
from annotations.participation import flow
from annotations.people.enrolling import NoPlace, find_enrolment, session_token, withdrawal_code
from annotations.people.identities import INVITATION, Arrival, entry_key_of, erase_identity
from annotations.people.invitations import find_invitation, make_invitations
from annotations.responses.answers import Answer
from annotations.responses.erasure import erase_participant, find_participant
from annotations.responses.models import Exclusion, Response
from annotations.responses.recording import Recorded, correct_response, record_first
from annotations.responses.skipping import skip_unit
from annotations.studies.models import Study, Unit
from annotations.studies.services import amend_study, close_study, open_study, pause_study
from tests.participation.kit import read_instructions
from tests.simulation.book import EACH, STUDY_MOVES, Book, Person, Task
from tests.simulation.invariants import Snapshot, check, take_snapshot

WHICH = st.integers(0, 40)
JUDGEMENTS = st.builds(
    Answer,
    verdict=st.sampled_from(["correct", "incorrect", "unsure"]),
    confidence=st.sampled_from([0.0, 50.0]),
)
MOVES = {"open": open_study, "paused": pause_study, "closed": close_study}
# How often each act comes, and what is drawn for it. One rule draws them all: of many rules Hypothesis
# would leave some out of each life, and a life without answers shows little.
ACTS: dict[str, tuple[int, dict[str, st.SearchStrategy[Any]]]] = {
    "come": (4, {"way": st.sampled_from(["link", "provider", "invitation"])}),
    "look": (6, {"which": WHICH}),
    "look_and_answer": (16, {"which": WHICH, "answer": JUDGEMENTS}),
    "answer": (10, {"which": WHICH, "answer": JUDGEMENTS}),
    "correct": (6, {"which": WHICH, "answer": JUDGEMENTS, "of_the_first": st.booleans()}),
    "skip": (3, {"which": WHICH}),
    "leave": (3, {"which": WHICH}),
    "withdraw": (1, {"which": WHICH, "answer": JUDGEMENTS}),
    "forget_identity": (1, {"which": WHICH}),
    "send_the_first_form_again": (1, {"which": WHICH}),
    "wait": (6, {"minutes": st.sampled_from([7, 20, 31, 100])}),
    "sweep": (4, {}),
    "move": (3, {"to": st.sampled_from(["open", "open", "paused"])}),
    "close": (1, {"sure": st.integers(0, 3)}),
    "amend": (2, {"title": st.sampled_from(["Sums", "Sums again", "More sums"])}),
    "amend_what_is_fixed": (1, {"change": st.sampled_from([{"protocol": "difficulty"}, {"batches": []}])}),
    "exclude_or_take_back": (2, {"which": WHICH}),
    "regrade": (1, {"which": WHICH}),
    "analyse": (3, {}),
}
ANY_ACT = st.sampled_from([name for name, (weight, _) in ACTS.items() for _ in range(weight)]).flatmap(
    lambda name: st.tuples(st.just(name), st.fixed_dictionaries(ACTS[name][1]))
)
OF_PEOPLE = ("look", "look_and_answer", "leave", "withdraw", "forget_identity", "send_the_first_form_again")
OF_UNITS = ("answer", "correct", "skip", "exclude_or_take_back")


class StudyLife(RuleBasedStateMachine):
    """Each run is undone at its end: the draft that it begins with is loaded once."""

    study_pk: int

    def __init__(self) -> None:
        super().__init__()
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())
        self.undone.callback(transaction.set_rollback, True)
        self.book, self.snapshot, self.seen = Book(), Snapshot(), []
        self.book.titles.append(self.study.title)

    def teardown(self) -> None:
        self.undone.close()

    @property
    def study(self) -> Study:
        return Study.objects.select_related("version").get(pk=self.study_pk)

    def person(self, which: int) -> Person:
        return self.book.people[which % len(self.book.people)]

    def task(self, which: int) -> tuple[Person, Task]:
        return self.book.tasks[which % len(self.book.tasks)]

    @rule(act=ANY_ACT)
    def act(self, act: tuple[str, dict[str, Any]]) -> None:
        name, drawn = act
        if (name in OF_PEOPLE and not self.book.people) or (name in OF_UNITS and not self.book.tasks):
            return
        getattr(self, name)(**drawn)

    # --- the researcher

    @initialize()
    def begin(self) -> None:
        self.move("open")
        for unit in Unit.objects.filter(is_check=False):
            self.book.units.setdefault(unit.batch_id, []).append(unit.pk)
        for way in ("link", "provider", "invitation"):
            self.come(way)

    def move(self, to: str) -> None:
        if to in STUDY_MOVES[self.book.state]:
            MOVES[to](study=self.study, actor="ada")
            self.book.state = to
        else:
            with pytest.raises(Refusal):
                MOVES[to](study=self.study, actor="ada")

    def close(self, sure: int) -> None:
        if not sure:  # it is for good, so seldom
            self.move("closed")

    def amend(self, title: str) -> None:
        study = self.study
        definition = copy.deepcopy(study.definition) | {"title": title}
        if self.book.state == "closed" or title == self.book.titles[-1]:
            with pytest.raises(Refusal):
                amend_study(study=study, definition=definition, actor="ada")
        else:
            amend_study(study=study, definition=definition, actor="ada")
            self.book.titles.append(title)

    def amend_what_is_fixed(self, change: dict[str, Any]) -> None:
        with pytest.raises(Refusal):
            amend_study(study=self.study, definition=self.study.definition | change, actor="ada")

    def exclude_or_take_back(self, which: int) -> None:
        _person, task = self.task(which)
        if not task.rows:
            return
        pk = task.rows[-1]
        if pk in self.book.excluded:
            Exclusion.objects.filter(response=pk).update(revoked_at=clock.now())
        else:
            Exclusion.objects.create(response_id=pk, reason="too fast", decided_by="ada")
        self.book.excluded ^= {pk}

    def regrade(self, which: int) -> None:
        known = list(Grade.objects.filter(current=True).order_by("output"))
        grade = known[which % len(known)]
        Grade.objects.filter(pk=grade.pk).update(current=False)
        other = "avoidant" if grade.grade == "correct" else "correct"
        Grade.objects.create(output=grade.output, revision=grade.revision + 1, grade=other)
        self.book.regraded[grade.output_id] = grade.revision + 1

    def analyse(self) -> None:
        study = self.study
        self.seen.append((self.book.data, read_study(study).fingerprint, stamp_of(study)))

    # --- the clock

    def wait(self, minutes: int) -> None:
        self.undone.enter_context(clock.moved(timedelta(minutes=minutes)))

    def sweep(self) -> None:
        now = clock.now()
        gone = [person for person in self.book.present if person.overdue(now)]
        assert sweep_leases() == len(gone)
        assert sweep_leases() == 0

    # --- people

    def come(self, way: str) -> None:
        number = len(self.book.people)
        arrival = self.arrival(way, number)
        entry_key = (
            entry_key_of(self.study, arrival) if way == "provider" else f"entry-{number}".ljust(30, "-")
        )
        self.enter(f"person-{number}-of-the-book", entry_key, arrival)

    def arrival(self, way: str, number: int) -> Arrival:
        if way == "link":
            return Arrival("open")
        if way == "provider":
            return Arrival("prolific", f"{number:024x}", {"SESSION_ID": f"session-{number}"})
        (token,) = make_invitations(study=self.study, count=1, actor="ada")
        found = find_invitation(self.study, token)
        assert found is not None
        return Arrival(INVITATION, found.token_hash, once=True)

    def enter(self, key: str, entry_key: str, arrival: Arrival) -> None:
        may = self.book.has_room(clock.now())
        try:
            entry = flow.enter(study=self.study, entry_key=entry_key, key=key, arrival=arrival)
        except NoPlace:
            assert not may, "a free place was refused"
            return
        assert may, "somebody came in where no place is"
        known = bool(arrival.identity)
        one = Person(key, entry_key, entry.enrolment, len(self.book.titles), known=known)
        self.book.people.append(one)
        read_instructions(self.enrolment(one))
        if arrival.once:
            with pytest.raises(Refusal):  # used up, whoever comes with it
                flow.enter(study=self.study, entry_key=entry_key[::-1], key="guest", arrival=arrival)

    def enrolment(self, person: Person) -> Any:
        return find_enrolment(self.study.slug, session_token(person.entry_key))

    def send_the_first_form_again(self, which: int) -> None:
        person = self.person(which)
        if person.erased or person.known:  # the way in of a known one may have been cut
            return
        entry = flow.enter(study=self.study, entry_key=person.entry_key, key="somebody else")
        assert entry.enrolment.pk == person.enrolment.pk

    def look(self, which: int) -> None:
        person = self.person(which)
        enrolment = self.enrolment(person)
        if enrolment is None:
            assert person.erased or person.known
            return
        leased = [pk for pk, task in person.tasks.items() if task.state == "leased"]
        done = sum(task.state in ("answered", "skipped") for task in person.tasks.values())
        unit = flow.stand(enrolment).assignment
        if unit is None:
            assert not (leased and person.state == "active"), "a unit on lease was not shown again"
            self.note_the_end(person, done)
            return
        assert leased in ([], [unit.pk])
        assert done < EACH
        known = person.tasks.get(unit.pk)
        if known is None:
            assert self.book.state == "open", "something was handed out though the study has stopped"
            person.tasks[unit.pk] = Task(unit)
        else:
            assert known.state in ("leased", "released")
        person.state = "active"

    def look_and_answer(self, which: int, answer: Answer) -> None:
        """Somebody goes on: of those who are under way, if there are any."""
        active = [
            number for number, one in enumerate(self.book.people) if one.state == "active" and not one.erased
        ]
        which = active[which % len(active)] if active else which
        self.look(which)
        person = self.person(which)
        leased = [task for task in person.tasks.values() if task.state == "leased"]
        if leased and not person.erased:
            self.answer_to(person, leased[0], answer)

    def note_the_end(self, person: Person, done: int) -> None:
        """Without a unit: done, or all taken, or no place. Whoever is done with all has completed."""
        state = type(person.enrolment).objects.values_list("state", flat=True).get(pk=person.enrolment.pk)
        if done >= EACH and person.state == "active":
            assert state == "completed"
        if state == "completed":
            assert done

    def answer(self, which: int, answer: Answer) -> None:
        self.answer_to(*self.task(which), answer)

    def answer_to(self, person: Person, task: Task, answer: Answer) -> None:
        enrolment = self.enrolment(person) or person.enrolment
        unit = task.assignment
        if task.state in ("leased", "released") and not task.first:
            with pytest.raises(Refusal):  # the second part before the first
                flow.submit(enrolment=enrolment, assignment=unit, answer=answer)
            own = Answer(answer="4", dont_know=False)
            assert record_first(enrolment=enrolment, assignment=unit, answer=own)
            assert not record_first(
                enrolment=enrolment, assignment=unit, answer=Answer(answer="5", dont_know=False)
            )
            task.first = "4"
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
        assert recorded.response.answer == "4"
        task.state, task.counted = "answered", counts
        task.said.append(answer.body_hash())
        task.rows.append(recorded.response.pk)

    def correct(self, which: int, answer: Answer, of_the_first: bool) -> None:
        person, task = self.task(which)
        if not task.rows:
            return
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

    def skip(self, which: int) -> None:
        person, task = self.task(which)
        enrolment = self.enrolment(person) or person.enrolment
        if task.state == "answered":
            with pytest.raises(Refusal):
                skip_unit(enrolment=enrolment, assignment=task.assignment)
            return
        assert skip_unit(enrolment=enrolment, assignment=task.assignment) is (task.state != "skipped")
        task.state = "skipped"

    def leave(self, which: int) -> None:
        person = self.person(which)
        assert leave(enrolment=person.enrolment) is (person.state == "active" and not person.erased)

    def withdraw(self, which: int, answer: Answer) -> None:
        person = self.person(which)
        code = withdrawal_code(person.enrolment.participant)
        if not person.erased:
            answers = sum(bool(task.rows) for task in person.tasks.values())
            participant = find_participant(code, by_key=False)
            assert erase_participant(participant=participant, actor="participant") == answers
            person.erased = True
        with pytest.raises(NotFound):
            find_participant(code, by_key=False)
        for task in person.tasks.values():  # a form of theirs that comes too late
            with pytest.raises(NotFound):
                flow.submit(enrolment=person.enrolment, assignment=task.assignment, answer=answer)

    def forget_identity(self, which: int) -> None:
        person = self.person(which)
        if person.known and not person.erased:
            erase_identity(participant=person.enrolment.participant, actor="ada")
            person.enrolment.refresh_from_db(fields=["token_hash", "entry_key"])

    # --- what must be true

    @invariant()
    def everything_fits(self) -> None:
        before, self.snapshot = self.snapshot, take_snapshot(self.study_pk)
        check(self.book, before, self.snapshot)

    @invariant()
    def staleness_is_never_missed(self) -> None:
        if not self.seen:
            return
        data, stamp = self.book.data, stamp_of(self.study)
        for earlier, _fingerprint, then in self.seen:
            assert earlier == data or then != stamp
        assert len({fingerprint for _, fingerprint, _ in self.seen}) == len(
            {seen for seen, _, _ in self.seen}
        )
