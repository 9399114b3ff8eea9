"""How people come and go: by link, provider or invitation; leaving, lapsing, withdrawing, being forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.allocation.models import Assignment
from annotations.allocation.services import leave, sweep_leases
from annotations.core import clock
from annotations.core.errors import NotFound, Refusal
from annotations.participation import flow
from annotations.people.enrolling import NoPlace, withdrawal_code
from annotations.people.identities import INVITATION, Arrival, entry_key_of, erase_identity
from annotations.people.invitations import find_invitation, make_invitations
from annotations.people.models import Enrolment
from annotations.responses.erasure import erase_participant, find_participant
from tests.participation.kit import read_instructions
from tests.simulation.book import HOLDING, Person
from tests.simulation.world import World

WAYS = ("link", "provider", "invitation")
MINUTES = (7, 20, 31)


class Coming(World):
    def wait(self) -> None:
        self.undone.enter_context(clock.moved(timedelta(minutes=self.chance.choice(MINUTES))))

    def fall_silent(self) -> None:
        """One of them has not been seen for longer than a lease, while the others were."""
        person, past = self.somebody(lambda one: one.leased), clock.now() - timedelta(minutes=1)
        Enrolment.objects.filter(pk=person.enrolment.pk).update(expires_at=past)
        Assignment.objects.leased().filter(enrolment=person.enrolment.pk).update(expires_at=past)

    def sweep(self) -> None:
        now = clock.now()
        gone = [person for person in self.book.present if person.overdue(now)]
        assert sweep_leases() == len(gone)
        assert sweep_leases() == 0

    def come(self) -> None:
        self.come_by(self.chance.choice(WAYS))

    def come_by(self, way: str) -> None:
        number = len(self.book.people)
        arrival = self._arrival(way, number)
        entry_key = (
            entry_key_of(self.study, arrival) if way == "provider" else f"entry-{number}".ljust(30, "-")
        )
        self._enter(f"person-{number}-of-the-book", entry_key, arrival)

    def _arrival(self, way: str, number: int) -> Arrival:
        if way == "link":
            return Arrival("open")
        if way == "provider":
            return Arrival("prolific", f"{number:024x}", {"SESSION_ID": f"session-{number}"})
        (token,) = make_invitations(study=self.study, count=1, actor="ada")
        found = find_invitation(self.study, token)
        assert found is not None
        return Arrival(INVITATION, found.token_hash, once=True)

    def _enter(self, key: str, entry_key: str, arrival: Arrival) -> None:
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

    def send_the_first_form_again(self) -> None:
        person = self.somebody(lambda one: not one.erased and not one.known)
        if person.erased or person.known:  # the way in of a known one may have been cut
            return
        entry = flow.enter(study=self.study, entry_key=person.entry_key, key="somebody else")
        assert entry.enrolment.pk == person.enrolment.pk

    def leave(self) -> None:
        person = self.somebody(lambda one: one.leased and not one.erased)
        assert leave(enrolment=person.enrolment) is (person.state == "active" and not person.erased)

    def withdraw(self) -> None:
        person = self.somebody(lambda one: one.state in HOLDING and not one.erased)
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
                flow.submit(
                    enrolment=person.enrolment, assignment=task.assignment, answer=self.some_judgement()
                )

    def forget_identity(self) -> None:
        person = self.somebody(lambda one: one.known and not one.erased)
        if person.known and not person.erased:
            erase_identity(participant=person.enrolment.participant, actor="ada")
            person.enrolment.refresh_from_db(fields=["token_hash", "entry_key"])
