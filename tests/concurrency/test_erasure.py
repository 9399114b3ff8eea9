"""People withdraw while others answer the same units: no deadlock, and every counter still fits."""

from __future__ import annotations

import itertools
import threading
import time
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.db.models.deletion import Collector

from annotations.allocation import leases
from annotations.allocation.models import Assignment
from annotations.allocation.services import leave
from annotations.core import clock, retrying
from annotations.core.errors import NotFound
from annotations.core.models import AuditEntry
from annotations.participation.flow import enter
from annotations.people import places
from annotations.people.identities import Arrival, entry_key_of, erase_identity
from annotations.people.models import Identity, Participant
from annotations.responses.erasure import erase_participant
from annotations.responses.messages import write_message
from annotations.responses.models import Message
from tests.concurrency.threads import at_once
from tests.concurrency.waiting import Meanwhile
from tests.participation.kit import Walker, assert_balanced, make_study

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
SECONDS = 4
ENOUGH = 5


@pytest.fixture
def deadlocks(monkeypatch):
    """How often the database had to break one. The acts would be done again; none is to be needed."""
    seen = []
    real = retrying._passes
    monkeypatch.setattr(retrying, "_passes", lambda error: seen.append(str(error)) or real(error))
    return seen


def test_person_and_identity_erased_at_once_leave_nothing(tmp_path):
    """Of two researchers one finds nobody any more, and does not write down whom they looked for."""
    study = make_study(tmp_path, participants=20)
    for number in range(8):
        arrival = Arrival("prolific", f"{number:024x}", {"SESSION_ID": "s"})
        entry_key = entry_key_of(study, arrival)
        person = enter(study=study, entry_key=entry_key, arrival=arrival).enrolment.participant
        seen = [Participant.objects.get(pk=person.pk) for _ in range(2)]
        acts = [
            lambda one=seen[0]: erase_identity(participant=one, actor="ada"),
            lambda one=seen[1]: erase_participant(participant=one, actor="ben"),
        ]
        ended = at_once(acts)
        assert [one for one in ended if isinstance(one, Exception)] == []
        assert not Identity.objects.exists()
        assert person.key not in str(list(AuditEntry.objects.values()))
    assert_balanced()


def test_two_who_erase_one_person_do_it_once(tmp_path):
    ann = Walker(make_study(tmp_path), "ann")
    ann.walk()
    seen = [Participant.objects.get() for _ in range(2)]
    erased = at_once([lambda one=one: erase_participant(participant=one, actor="ada") for one in seen])
    assert sorted(erased) == [0, 3]
    assert AuditEntry.objects.filter(action="participant erased").count() == 1
    assert_balanced()


def test_person_who_leaves_while_they_are_erased_frees_one_place(tmp_path, monkeypatch):
    """The state of their place is read under a lock: who leaves then comes too late to free it again."""
    study = make_study(tmp_path)
    ann, _ben = Walker(study, "ann"), Walker(study, "ben")
    ann.unit()
    leaving, vacate = Meanwhile(lambda seen=ann.enrolment: leave(enrolment=seen)), places.vacate_place

    def leave_then_vacate(enrolment):
        leaving.begin()
        vacate(enrolment)

    monkeypatch.setattr(places, "vacate_place", leave_then_vacate)
    erase_participant(participant=ann.enrolment.participant, actor="ada")
    assert leaving.end() is False
    assert_balanced()


def test_erasures_and_answers_do_not_deadlock(tmp_path, deadlocks):
    study = make_study(
        tmp_path, items=8, overlap=60, participants=200, units_per_participant=6, strata=["domain"]
    )
    numbers, errors, over = itertools.count(), [], threading.Event()
    erased = []

    def guarded(act):
        def run():
            try:
                while not over.is_set():
                    act()
            except Exception as error:
                errors.append(repr(error))
            finally:
                connections.close_all()

        return run

    def take():
        Walker(study, f"p{next(numbers)}").walk()

    def erase():
        done = Participant.objects.filter(enrolments__state="completed").order_by("?").first()
        if done is None:
            time.sleep(0.01)
            return
        erase_participant(participant=done, actor="test")
        erased.append(done.key)

    threads = [threading.Thread(target=guarded(act)) for act in (take, take, take, take, erase, erase)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    while time.monotonic() - began < SECONDS or (len(erased) <= ENOUGH and time.monotonic() - began < 60):
        time.sleep(0.1)
    over.set()
    for thread in threads:
        thread.join()
    # Two erasers may have picked the same person: the second finds nobody, which is no fault.
    assert [error for error in errors if "DoesNotExist" not in error and "NoPlace" not in error] == []
    assert deadlocks == []
    assert len(erased) > ENOUGH
    assert_balanced()


def test_message_that_comes_in_the_middle_neither_stops_an_erasure_nor_stays(tmp_path, monkeypatch):
    """It waits for the person's row, and then finds nobody; whoever wrote it is told."""
    ann = Walker(make_study(tmp_path), "ann")
    ann.walk()
    person = Participant.objects.get()
    writing = Meanwhile(
        lambda: write_message(
            study=ann.study, participant=Participant(pk=person.pk), submission_key="k" * 30, text="Hello?"
        )
    )
    collect = Collector.collect

    def collect_then_write(self, objects, *args, **kwargs):
        """A message that comes when all that refers to the person is gathered is not among it."""
        collect(self, objects, *args, **kwargs)
        if objects == [person]:
            writing.begin()

    monkeypatch.setattr(Collector, "collect", collect_then_write)
    assert erase_participant(participant=person, actor="participant") == 3
    assert isinstance(writing.end(), NotFound)
    assert not Participant.objects.exists()
    assert not Message.objects.exists()
    assert_balanced()


def test_lease_that_lapses_while_its_person_is_erased_frees_its_share_once(tmp_path):
    """The sweeper holds nothing of the enrolment: the erasure waits for the lease itself."""
    ann = Walker(make_study(tmp_path), "ann")
    ann.unit()
    Assignment.objects.update(expires_at=clock.now() - timedelta(hours=1))
    person = ann.enrolment.participant
    with transaction.atomic():
        assert leases.release(Assignment.objects.select_related("unit").get(), overdue_only=True)
        erasure = Meanwhile(lambda: erase_participant(participant=person, actor="test"))
        erasure.begin()
    assert erasure.end() == 0
    assert_balanced()
