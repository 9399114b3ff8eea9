"""Leases that run out at the moment at which their answers come, under one sweeper or several."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.allocation import leases
from annotations.allocation.models import Assignment
from annotations.allocation.services import sweep_leases
from annotations.core import clock
from annotations.participation import flow
from annotations.people import places
from annotations.people.models import Enrolment
from annotations.responses.models import Response
from annotations.studies.models import Batch, Unit
from tests.concurrency.threads import at_once, read_then_write
from tests.concurrency.unchecked import without_constraints
from tests.participation.kit import Walker, assert_balanced, make_study

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
LAPSED = timedelta(minutes=31)
PEOPLE, SWEEPERS, ROUNDS = 12, 6, 6
crowds = pytest.mark.parametrize("people", [PEOPLE, pytest.param(50, marks=pytest.mark.proof)])
scarce = pytest.mark.parametrize(
    "quota, bundle",
    [
        (quota, {"overlap": quota} if what == "units" else {"participants": quota})
        for quota in (1, 3)
        for what in ("units", "places")
    ],
)


@pytest.fixture
def make(tmp_path):
    def make_one(**bundle):
        usual = {"items": 1, "overlap": 60, "participants": 60, "units_per_participant": 1}
        return make_study(tmp_path, **usual | bundle)

    return make_one


def hold(study, people):
    """People with a unit each, in the order in which they came; each lapses before the next one comes."""
    held = []
    for number in range(people):
        walker = Walker(study, f"p{number}")
        held.append((walker, walker.unit()))
        with clock.moved(LAPSED):
            assert sweep_leases() >= 1
    return held


def late_answers(held):
    return [lambda walker=walker, unit=unit: walker.submit(unit) for walker, unit in held]


@crowds
@scarce
def test_late_answers_at_once_are_all_kept_and_as_many_count_as_there_is_room(make, quota, bundle, people):
    held = hold(make(**bundle), people)
    stored = at_once(late_answers(held))
    assert sorted(one.surplus for one in stored) == [False] * quota + [True] * (people - quota)
    assert Response.objects.count() == people
    assert_balanced()


@pytest.mark.parametrize("quota", [1, 3])
def test_late_answers_count_beyond_the_places_with_the_guard_off(make, monkeypatch, quota):
    held = hold(make(participants=quota), PEOPLE)
    monkeypatch.setattr(places, "swap", read_then_write(PEOPLE, Batch))
    with without_constraints(Batch, "places_are_not_given_twice"):
        stored = at_once(late_answers(held))
    assert [one.surplus for one in stored] == [False] * PEOPLE


@pytest.mark.parametrize("quota", [1, 3])
def test_late_answers_count_beyond_the_quota_with_the_guard_off(make, monkeypatch, quota):
    held = hold(make(overlap=quota), PEOPLE)
    for walker, _unit in held:
        assert flow.come_back(walker.enrolment)  # else the batch's row would keep them apart
    monkeypatch.setattr(leases, "swap", read_then_write(PEOPLE, Unit))
    monkeypatch.setattr(leases, "_move_unit", lambda unit, **move: None)
    with without_constraints(Unit, "answers_had_a_place"):
        stored = at_once(late_answers(held))
    assert [one.surplus for one in stored] == [False] * PEOPLE


def overdue_and_wanted(make):
    """Ann's place and lease have run out and nobody has swept yet. Bob wants the one unit there is."""
    study = make(overlap=1, participants=2)
    ann, bob = Walker(study, "ann"), Walker(study, "bob")
    unit = ann.unit()
    past = clock.now() - timedelta(minutes=1)
    Enrolment.objects.filter(pk=ann.enrolment.pk).update(expires_at=past)
    Assignment.objects.filter(pk=unit.pk).update(expires_at=past)
    return ann, bob, unit


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_answer_lapse_and_the_next_person_at_once(make, turn):
    ann, bob, unit = overdue_and_wanted(make)
    stored, *_ = at_once([lambda: ann.submit(unit), bob.stand, sweep_leases, sweep_leases])
    given = bob.enrolment.assignments.filter(state="leased").exists()
    assert stored.surplus == given  # either the answer counts, or the unit is Bob's
    assert Response.objects.count() == 1
    assert_balanced()


def test_lease_that_was_answered_after_it_was_read_is_not_freed(make):
    ann, _bob, unit = overdue_and_wanted(make)
    lease = Assignment.objects.select_related("unit").get(pk=unit.pk)
    assert not ann.submit(unit).surplus
    assert not leases.release(lease, overdue_only=True)
    assert_balanced()


def test_answer_and_lapse_both_win_with_the_guard_off(make, monkeypatch):
    ann, _bob, unit = overdue_and_wanted(make)
    freed = []
    monkeypatch.setattr(leases, "free", lambda one: freed.append(one.pk))
    monkeypatch.setattr(leases, "swap", read_then_write(2, Assignment))
    lease = Assignment.objects.select_related("unit").get(pk=unit.pk)
    stored, released = at_once([lambda: ann.submit(unit), lambda: leases.release(lease)])
    assert (stored.surplus, released, freed) == (False, True, [unit.unit_id])


def overdue(make):
    """Twelve people whose places have run out, among as many who are still there."""
    study = make(participants=2 * PEOPLE)
    walkers = [Walker(study, f"p{number}") for number in range(2 * PEOPLE)]
    for walker in walkers:
        walker.unit()
    gone = [walker.enrolment.pk for walker in walkers[:PEOPLE]]
    past = clock.now() - timedelta(minutes=1)
    Enrolment.objects.filter(pk__in=gone).update(expires_at=past)
    Assignment.objects.filter(enrolment__in=gone).update(expires_at=past)


def test_sweepers_at_once_free_each_place_once(make):
    overdue(make)
    swept = at_once([sweep_leases] * SWEEPERS)
    assert sum(swept) == PEOPLE
    assert Batch.objects.get().running == PEOPLE
    assert_balanced()


def test_sweepers_free_places_twice_with_the_guard_off(make, monkeypatch):
    overdue(make)
    monkeypatch.setattr(places, "swap", read_then_write(2, Enrolment))
    at_once([sweep_leases] * 2)
    assert Batch.objects.get().running < PEOPLE
