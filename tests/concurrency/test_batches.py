"""Batches are added, extended and stopped while people come in and answer, and by two researchers at once."""

from __future__ import annotations

import threading

import pytest

from annotations.core.errors import Refusal
from annotations.core.models import AuditEntry
from annotations.people import places
from annotations.people.enrolling import Entry, NoPlace
from annotations.people.models import Enrolment
from annotations.studies import adding, batches, extending
from annotations.studies.adding import add_batch
from annotations.studies.batches import close_batch, close_due_batches, pause_batch, resume_batch
from annotations.studies.extending import extend_batch
from annotations.studies.models import Batch, StratumLevel, Study, Unit
from annotations.studies.services import close_study, pause_study
from tests.concurrency.test_quotas import ask, enter_at_once
from tests.concurrency.threads import PATIENCE, at_once, read_then_write
from tests.concurrency.unchecked import without_constraints
from tests.load.checker import imbalances
from tests.load.stored import read_stored
from tests.participation.kit import Walker, assert_balanced, make_study

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
SECOND = {"name": "second", "participants": 3, "units_per_participant": 3}
PAID = 3


@pytest.fixture
def make(tmp_path):
    return lambda slug="sums", **bundle: make_study(tmp_path, slug, **bundle)


def fresh(study):
    return Study.objects.select_related("version").get(pk=study.pk)


def the(name="batch-0"):
    return Batch.objects.get(name=name)


def names(results):
    return sorted(type(one).__name__ for one in results)


@pytest.mark.parametrize("people", [12, 30])
def test_no_place_is_given_that_the_budget_does_not_pay_for(make, people):
    study = make(participants=people, overlap=people, cost_per_place=0.1, budget=0.3)
    came = enter_at_once(study, people)
    assert sum(isinstance(one, Entry) for one in came) == PAID
    assert sum(isinstance(one, NoPlace) for one in came) == people - PAID
    assert the().running == Enrolment.objects.count() == PAID


def test_budget_overshoots_with_the_guard_off(make, monkeypatch):
    study = make(participants=12, overlap=12, cost_per_place=0.1, budget=0.3)
    monkeypatch.setattr(places, "swap", read_then_write(12, Batch))
    with without_constraints(Batch, "budgets_are_not_exceeded"):
        came = enter_at_once(study, 12)
    assert sum(isinstance(one, Entry) for one in came) == 12 > PAID


def test_overlap_grows_while_units_are_handed_out(make):
    study = make(items=4, overlap=1, participants=30, units_per_participant=4)
    walkers = [Walker(study, f"p{number}") for number in range(12)]
    seen = [walker.enrolment for walker in walkers]

    def take(enrolment):
        from annotations.allocation.services import take_assignment

        return lambda: take_assignment(enrolment=enrolment)

    given = at_once(
        [
            lambda: extend_batch(batch=the(), wanted={"overlap": 3}, actor="ada"),
            *(take(one) for one in seen),
        ]
    )
    assert [one for one in given if isinstance(one, Exception)] == []
    assert_balanced()
    assert the().overlap == 3
    assert set(Unit.objects.values_list("quota", flat=True)) == {3}
    late = [walker for walker in walkers if walker.enrolment.handed_out == 0]
    assert all(ask(late))
    assert Unit.objects.filter(filled=3).count() == 4
    assert_balanced()


def test_units_are_lost_from_view_where_overlap_grows_before_there_is_room(make):
    """The control: a level that units come to has no row yet."""
    study = make(items=4, overlap=1, participants=30, units_per_participant=1)
    Batch.objects.update(overlap=2)
    Unit.objects.update(quota=2)
    walkers = [Walker(study, f"p{number}") for number in range(8)]
    ask(walkers)
    ask([walker for walker in walkers if walker.enrolment.handed_out == 0])
    assert Unit.objects.filter(filled=2).exists()
    assert not StratumLevel.objects.filter(filled=2).exists()
    assert imbalances(read_stored()) != {}


def test_overlap_that_was_raised_meanwhile_is_not_lowered(make):
    make(overlap=1)
    late = the()
    extending.make_room(late, 3)
    extending.raise_overlap(batch=the(), overlap=3, actor="ada")
    with pytest.raises(Refusal, match="raised to 3 meanwhile"):
        extending.raise_overlap(batch=late, overlap=2, actor="ben")
    assert the().overlap == 3


def lower(to):
    return lambda: extend_batch(batch=the(), wanted={"participants": to}, actor="ada")


def come_while_places_are_lowered(study, people=8):
    keys = [f"p{number}".ljust(30, "-") for number in range(people)]
    from annotations.people.enrolling import enrol

    return at_once([lower(2), *(lambda key=key: enrol(study=study, entry_key=key) for key in keys)])


def test_places_never_fall_below_what_is_used(make):
    study = make(participants=8, overlap=8)
    lowered, *came = come_while_places_are_lowered(study)
    batch = the()
    assert batch.running == sum(isinstance(one, Entry) for one in came) <= batch.places
    assert batch.places == (8 if isinstance(lowered, Refusal) else 2)
    assert {type(one) for one in came} <= {Entry, NoPlace}


def test_places_fall_below_what_is_used_with_the_guard_off(make, monkeypatch):
    """The control: somebody comes in between the look and the leap."""
    study = make(participants=8, overlap=8)

    def look_then_leap(rows, **changes):
        keys = list(rows.values_list("pk", flat=True))
        at_once([lambda key=key: Walker(study, key) for key in ("q1", "q2", "q3")])
        return bool(keys) and Batch.objects.filter(pk=keys[0]).update(**changes) == 1

    monkeypatch.setattr(extending, "swap", look_then_leap)
    with without_constraints(Batch, "places_are_not_given_twice"):
        extend_batch(batch=the(), wanted={"participants": 2}, actor="ada")
        assert (the().places, the().running) == (2, 3)


def test_two_who_add_a_batch_of_one_name_add_one(make):
    study = make()
    added = at_once(
        [lambda who=who: add_batch(study=fresh(study), given=SECOND, actor=who) for who in ("ada", "ben")]
    )
    assert names(added) == ["Batch", "Refusal"]
    assert [one["name"] for one in fresh(study).definition["batches"]] == ["batch-0", "second"]
    assert AuditEntry.objects.filter(action="batch added").count() == 1


def test_two_who_add_batches_keep_both(make):
    study = make()
    added = at_once(
        [
            lambda name=name: add_batch(study=fresh(study), given=SECOND | {"name": name}, actor=name)
            for name in ("second", "third", "fourth")
        ]
    )
    assert names(added) == ["Batch"] * 3
    declared = [one["name"] for one in fresh(study).definition["batches"]]
    assert sorted(declared) == ["batch-0", "fourth", "second", "third"]
    assert sorted(Batch.objects.values_list("position", flat=True)) == [0, 1, 2, 3]


def add_while(monkeypatch, study, act):
    """Somebody else acts after the units were drawn, before the batch is published."""
    draw = adding.draw_batch

    def draw_then(*args, **more):
        draw(*args, **more)
        at_once([act])

    monkeypatch.setattr(adding, "draw_batch", draw_then)
    (added,) = at_once([lambda: add_batch(study=fresh(study), given=SECOND, actor="ada")])
    return added


def test_batch_is_not_added_to_a_study_that_was_closed_meanwhile(make, monkeypatch):
    study = make()
    added = add_while(monkeypatch, study, lambda: close_study(study=fresh(study), actor="ben"))
    assert isinstance(added, Refusal)
    assert [batch.state for batch in Batch.objects.all()] == [Batch.CLOSED]
    assert Unit.objects.values("batch").distinct().count() == 1


def test_batch_opens_in_a_closed_study_with_the_guard_off(make, monkeypatch):
    """The control: the study is as it was when the batch was begun."""
    study = make()
    before = fresh(study)

    class Rows:
        def get(self, **one):
            return before

    def close():
        close_study(study=fresh(study), actor="ben")
        monkeypatch.setattr(Study.objects, "select_for_update", lambda **options: Rows())

    added = add_while(monkeypatch, study, close)
    assert isinstance(added, Batch)
    assert (fresh(study).state, the("second").state) == (Study.CLOSED, Batch.OPEN)


def test_batch_is_paused_that_is_added_while_the_study_is_paused(make, monkeypatch):
    study = make()
    add_while(monkeypatch, study, lambda: pause_study(study=fresh(study), actor="ben"))
    assert (the("second").state, the("second").held) == (Batch.PAUSED, False)


@pytest.mark.parametrize("act", [pause_batch, close_batch])
def test_two_who_stop_a_batch_do_it_once(make, act):
    make()
    done = at_once([lambda who=who: act(batch=the(), actor=who) for who in ("ada", "ben")])
    assert names(done) == ["Batch", "Refusal"]
    assert AuditEntry.objects.filter(details__batch="batch-0").count() == 1


def test_two_who_stop_a_batch_do_it_twice_with_the_guard_off(make, monkeypatch):
    make()
    monkeypatch.setattr(batches, "lock_study", lambda batch: Study.objects.get(pk=batch.study_id))
    monkeypatch.setattr(batches, "swap", read_then_write(2, Batch))
    done = at_once([lambda who=who: close_batch(batch=the(), actor=who) for who in ("ada", "ben")])
    assert names(done) == ["Batch", "Batch"]


def resume_while_the_study_pauses(study):
    pause_batch(batch=the(), actor="ada")
    at_once(
        [
            lambda: pause_study(study=fresh(study), actor="ben"),
            lambda: resume_batch(batch=the(), actor="ada"),
        ]
    )
    return fresh(study).state, the().state


@pytest.mark.parametrize("turn", range(3))
def test_batch_of_a_paused_study_is_paused(make, turn):
    assert resume_while_the_study_pauses(make()) == (Study.PAUSED, Batch.PAUSED)


def test_batch_of_a_paused_study_goes_on_with_the_guard_off(make, monkeypatch):
    """The control: whoever resumes has read that the study is open, and acts when it is paused."""
    study = make()
    read, paused = threading.Event(), threading.Event()
    pause_batch(batch=the(), actor="ada")

    def unlocked(batch):
        found = Study.objects.get(pk=batch.study_id)
        read.set()
        paused.wait(PATIENCE)
        return found

    def pause():
        read.wait(PATIENCE)
        pause_study(study=fresh(study), actor="ben")
        paused.set()

    monkeypatch.setattr(batches, "lock_study", unlocked)
    at_once([pause, lambda: resume_batch(batch=the(), actor="ada")])
    assert (fresh(study).state, the().state) == (Study.PAUSED, Batch.OPEN)


def put_off(monkeypatch, study):
    """Its closing moment is put off after the schedule has read that it has come."""
    from datetime import timedelta

    from annotations.core import clock

    Batch.objects.update(closes_at=clock.now() - timedelta(seconds=1))
    lock = batches.lock_study

    def put_off_then_lock(batch):
        later = (clock.now() + timedelta(days=1)).isoformat()
        at_once([lambda: Batch.objects.update(closes_at=later)])
        return lock(batch)

    monkeypatch.setattr(batches, "lock_study", put_off_then_lock)
    return close_due_batches()


def test_batch_whose_closing_was_put_off_stays_open(make, monkeypatch):
    assert put_off(monkeypatch, make()) == 0
    assert the().state == Batch.OPEN


def test_batch_whose_closing_was_put_off_is_closed_with_the_guard_off(make, monkeypatch):
    """The control: the swap forgets to compare the moment."""
    study = make()

    def forgetful(rows, **changes):
        return Batch.objects.filter(state=Batch.OPEN).update(**changes) == 1

    monkeypatch.setattr(batches, "swap", forgetful)
    assert put_off(monkeypatch, study) == 1
    assert the().state == Batch.CLOSED
