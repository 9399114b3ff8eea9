"""A study is opened, paused, amended and closed while people answer, and by two researchers at one moment."""

from __future__ import annotations

import copy
import itertools
import threading

import pytest
from django.db import transaction
from django.test import Client

from annotations.core.errors import Refusal
from annotations.core.models import AuditEntry
from annotations.people import enrolling, places
from annotations.people.enrolling import NoPlace
from annotations.people.models import Enrolment
from annotations.responses.models import Response
from annotations.studies.history import Registration
from annotations.studies.models import Batch, Study, StudyVersion
from annotations.studies.registering import record_registration
from annotations.studies.services import amend_study, close_study, open_study, pause_study
from tests.concurrency.threads import PATIENCE, at_once
from tests.concurrency.waiting import Meanwhile
from tests.participation.kit import JUDGED, RATED, Visitor, assert_balanced, make_study

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
# People at a time, and what a researcher does meanwhile: so many rounds.
sizes = pytest.mark.parametrize("people, rounds", [(6, 2), pytest.param(12, 60, marks=pytest.mark.proof)])
ROUNDS = 3


@pytest.fixture
def make(tmp_path):
    return lambda slug="sums", **bundle: make_study(tmp_path, slug, **bundle)


def retitled(study, title):
    return copy.deepcopy(study.definition) | {"title": title}


def fresh(study):
    """As a request of its own would have read it."""
    return Study.objects.select_related("version").get(pk=study.pk)


class Player:
    """Takes part again and again through the pages, whatever they say; keeps what was acknowledged."""

    def __init__(self, over: threading.Event) -> None:
        self.over = over
        self.acknowledged: list[str] = []
        self.statuses: set[int] = set()

    def __call__(self) -> Player:
        while not self.over.is_set():
            self.play(Visitor(client=Client(enforce_csrf_checks=True, raise_request_exception=False)))
        return self

    def play(self, visitor: Visitor) -> None:
        self.see(visitor.get("/join/sums/"))
        if visitor.page.step != "consent":
            return
        self.see(visitor.send(consent="1"))
        for _ in range(8):
            if visitor.page.step == "units":
                key = visitor.page.form.filled()["submission_key"]
                self.see(visitor.send(follow=False, **RATED | JUDGED))
                if visitor.answer.status_code == 303:
                    self.acknowledged.append(key)
                self.see(visitor.get())
            elif visitor.page.step == "instructions":
                self.see(visitor.send())
            else:
                return

    def see(self, page: object) -> None:
        self.statuses.add(page.status)


@sizes
def test_study_is_paused_amended_and_closed_while_people_answer(make, people, rounds):
    study = make(protocol="supervision", items=12, overlap=500, participants=5000)
    over = threading.Event()

    def research():
        numbers = itertools.count()
        try:
            for _ in range(rounds):
                for act in (pause_study, open_study):
                    wait_for_answers(5)
                    act(study=fresh(study), actor="ada")
                wait_for_answers(5)
                amend_study(
                    study=fresh(study), definition=retitled(study, f"Sums {next(numbers)}"), actor="ada"
                )
            wait_for_answers(5)
            close_study(study=fresh(study), actor="ada")
        finally:
            over.set()

    players = [Player(over) for _ in range(people)]
    *played, researched = at_once([*players, research])
    assert [error for error in (*played, researched) if isinstance(error, Exception)] == []
    assert {status for one in played for status in one.statuses if status >= 500} == set()
    stored = Response.objects.values_list("submission_key", flat=True)
    assert {key for one in played for key in one.acknowledged} == set(stored)
    assert_each_answer_is_of_the_version_of_its_enrolment()
    assert StudyVersion.objects.filter(study=study).count() == rounds + 1
    assert Response.objects.values("definition_hash").distinct().count() > 1
    assert_balanced()


def wait_for_answers(more):
    """Until so many more are stored, or nobody is left who could: a pause keeps everybody waiting."""
    wanted = Response.objects.count() + more
    for _ in range(200):
        if Response.objects.count() >= wanted or not Batch.objects.filter(state=Batch.OPEN).exists():
            return
        threading.Event().wait(0.02)


def assert_each_answer_is_of_the_version_of_its_enrolment():
    pairs = Response.objects.values_list("definition_hash", "assignment__enrolment__version__definition_hash")
    assert all(stored == given for stored, given in pairs.distinct())


def enter(study):
    key = "somebody".ljust(30, "-")
    return lambda: enrolling.enrol(study=study, entry_key=key)


def in_between(monkeypatch, act):
    """Somebody else acts after the open batches were read, and before a place is taken."""
    take_place = places.take_place

    def act_then_take(batch_id):
        at_once([act])
        return take_place(batch_id)

    monkeypatch.setattr(places, "take_place", act_then_take)


@pytest.mark.parametrize("act", [pause_study, close_study])
def test_nobody_comes_in_once_the_study_has_stopped(make, monkeypatch, act):
    study = make()
    in_between(monkeypatch, lambda: act(study=fresh(study), actor="ada"))
    (came,) = at_once([enter(study)])
    assert isinstance(came, NoPlace)
    assert Batch.objects.get().running == Enrolment.objects.count() == 0


@pytest.mark.parametrize("act", [pause_study, close_study])
def test_somebody_comes_in_after_the_stop_with_the_guard_off(make, monkeypatch, act):
    """The control: a place is free, and nobody asks whether the batch is still open."""
    study = make()
    monkeypatch.setattr(places, "take_place", lambda pk: Batch.objects.filter(pk=pk).update(running=1) == 1)
    in_between(monkeypatch, lambda: act(study=fresh(study), actor="ada"))
    (came,) = at_once([enter(study)])
    assert came.enrolment.state == Enrolment.ACTIVE
    assert Batch.objects.get().state != Batch.OPEN


def by_two(act, study, **more):
    """Both saw the study as it is now, and act at one moment."""
    seen = [fresh(study), fresh(study)]
    acts = [
        lambda one=one, name=name: act(
            study=one, actor=name, **{key: value[name] for key, value in more.items()}
        )
        for one, name in zip(seen, ("ada", "ben"), strict=True)
    ]
    return at_once(acts)


def one_is_refused(results):
    return sorted(type(result).__name__ for result in results if isinstance(result, Exception)) == ["Refusal"]


def entries(action):
    return AuditEntry.objects.filter(action=action).count()


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_who_open_a_draft_make_one_version(make, turn):
    study = make(open_now=False, batches=2)
    assert one_is_refused(by_two(open_study, study))
    assert (entries("study opened"), StudyVersion.objects.count()) == (1, 1)
    assert Batch.objects.filter(state=Batch.OPEN).count() == 2
    assert fresh(study).state == Study.OPEN
    assert_balanced()


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_who_close_a_draft_make_one_version(make, turn):
    study = make(open_now=False)
    assert one_is_refused(by_two(close_study, study))
    assert (entries("study closed"), StudyVersion.objects.count()) == (1, 1)


def test_draft_that_was_opened_meanwhile_is_closed_as_what_it_opened_as(make):
    study = make(open_now=False)
    seen = fresh(study)
    open_study(study=fresh(study), actor="ada")
    close_study(study=seen, actor="ben")
    assert StudyVersion.objects.count() == 1
    assert set(Batch.objects.values_list("state", flat=True)) == {Batch.CLOSED}


def test_two_who_pause_or_resume_do_it_once(make):
    study = make()
    for turn in range(1, ROUNDS + 1):
        assert one_is_refused(by_two(pause_study, study))
        assert one_is_refused(by_two(open_study, study))
        assert (entries("study paused"), entries("study resumed")) == (turn, turn)


def unlocked(monkeypatch):
    """Two have read the study before either goes on: what a lock would have prevented."""
    gate = threading.Barrier(2)

    class Rows:
        def get(self, **one):
            found = Study.objects.get(**one)
            gate.wait(PATIENCE)
            return found

    monkeypatch.setattr(Study.objects, "select_for_update", lambda **options: Rows())


def test_two_who_pause_do_it_twice_with_the_guard_off(make, monkeypatch):
    study = make()
    unlocked(monkeypatch)
    assert [isinstance(one, Study) for one in by_two(pause_study, study)] == [True, True]
    assert entries("study paused") == 2


def test_two_who_amend_make_two_versions_one_after_the_other(make):
    study = make()
    for turn in range(ROUNDS):
        definitions = {name: retitled(study, f"{name} {turn}") for name in ("ada", "ben")}
        assert all(
            isinstance(one, StudyVersion) for one in by_two(amend_study, study, definition=definitions)
        )
    versions = list(StudyVersion.objects.order_by("number"))
    assert [one.number for one in versions] == list(range(1, 2 * ROUNDS + 2))
    assert fresh(study).version == versions[-1]
    # Each says what it changed of the one before it, whoever wrote that.
    for before, after in itertools.pairwise(versions):
        entry = AuditEntry.objects.get(action="study amended", details__version=after.number)
        assert entry.details["difference"] == [
            ["title", before.definition["title"], after.definition["title"]]
        ]


def test_two_who_amend_break_one_of_them_with_the_guard_off(make, monkeypatch):
    study = make()
    unlocked(monkeypatch)
    definitions = {name: retitled(study, name) for name in ("ada", "ben")}
    made = by_two(amend_study, study, definition=definitions)
    broken = [one for one in made if isinstance(one, Exception)]
    assert [type(one).__name__ for one in broken] == ["IntegrityError"]
    assert not isinstance(broken[0], Refusal)


def test_registration_that_is_sent_twice_at_once_is_recorded_once(make):
    study = make()
    sent = {"address": "https://osf.io/abcde", "registered_on": "2026-01-02", "actor": "test"}
    with transaction.atomic():
        first = record_registration(study=study, **sent)
        late = Meanwhile(lambda: record_registration(study=fresh(study), **sent))
        late.begin()
    assert late.end() == first
    assert Registration.objects.count() == 1
