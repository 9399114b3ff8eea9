"""Quotas of 1 and 3, a dozen and fifty people at one moment: each unit and each place is given so often."""

from __future__ import annotations

from collections import Counter

import pytest

from annotations.allocation import leases
from annotations.allocation.services import take_assignment
from annotations.people import enrolling, places
from annotations.people.enrolling import NoPlace
from annotations.people.models import Enrolment
from annotations.studies.models import Batch, Unit
from tests.concurrency.threads import at_once, read_then_write
from tests.concurrency.unchecked import without_constraints
from tests.participation.kit import Walker, assert_balanced, make_study

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
UNITS = 3
crowds = pytest.mark.parametrize("people", [12, 50])
quotas = pytest.mark.parametrize("quota", [1, 3])


@pytest.fixture
def make(tmp_path):
    def make_one(**bundle):
        return make_study(tmp_path, **{"units_per_participant": 1, **bundle})

    return make_one


def come(study, people):
    return [Walker(study, f"p{number}") for number in range(people)]


def ask(walkers):
    """What each is given who asks for a unit at one moment."""
    seen = [walker.enrolment for walker in walkers]
    return at_once([lambda one=one: take_assignment(enrolment=one) for one in seen])


def enter_at_once(study, people):
    keys = [f"p{number}".ljust(30, "-") for number in range(people)]
    return at_once([lambda key=key: enrolling.enrol(study=study, entry_key=key) for key in keys])


@crowds
@quotas
def test_each_unit_is_given_out_as_often_as_its_quota(make, quota, people):
    walkers = come(make(items=UNITS, overlap=quota, participants=people), people)
    given = ask(walkers)
    assert Counter(one.unit_id for one in given if one) == dict.fromkeys(
        Unit.objects.values_list("pk", flat=True), quota
    )
    # Whoever was given none was told so, and none of them met an error.
    assert given.count(None) == people - UNITS * quota
    assert_balanced()


@quotas
def test_unit_is_given_too_often_with_the_guard_off(make, monkeypatch, quota):
    walkers = come(make(items=1, overlap=quota, participants=12), 12)
    monkeypatch.setattr(leases, "swap", read_then_write(12, Unit))
    monkeypatch.setattr(leases, "_move_unit", lambda unit, **move: None)  # its counts would fall below 0
    assert len([one for one in ask(walkers) if one]) == 12 > quota


@crowds
@quotas
def test_last_places_go_to_as_many_as_there_are(make, quota, people):
    study = make(items=UNITS, overlap=people, participants=quota)
    came = enter_at_once(study, people)
    assert sum(isinstance(one, enrolling.Entry) for one in came) == quota
    assert sum(isinstance(one, NoPlace) for one in came) == people - quota
    assert Enrolment.objects.count() == quota
    assert_balanced()


@quotas
def test_last_places_go_to_everybody_with_the_guard_off(make, monkeypatch, quota):
    study = make(items=UNITS, overlap=12, participants=quota)
    monkeypatch.setattr(places, "swap", read_then_write(12, Batch))
    with without_constraints(Batch, "places_are_not_given_twice"):
        came = enter_at_once(study, 12)
    assert sum(isinstance(one, enrolling.Entry) for one in came) == 12 > quota
