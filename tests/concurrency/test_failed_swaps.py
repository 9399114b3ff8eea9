"""A swap that waited and then failed keeps its row locked on PostgreSQL: whoever chooses again has let go of it."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, transaction

from annotations.allocation import leases, services
from annotations.allocation.services import UnitTaken, take_assignment
from annotations.studies.models import Unit
from tests.concurrency.threads import PATIENCE, at_once
from tests.concurrency.waiting import until_somebody_waits
from tests.participation.kit import Walker, make_study

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def can_be_locked(pk):
    with transaction.atomic():
        try:
            return Unit.objects.select_for_update(nowait=True).filter(pk=pk).exists()
        except OperationalError:
            transaction.set_rollback(True)
            return False


class Rivals:
    """Ann chooses a unit; before she takes it somebody else does, who commits once she waits for them."""

    def __init__(self, study):
        self.enrolment = Walker(study, "ann").enrolment
        self.fill_from = leases.fill_from
        self.lost = 0
        self.let_go = []
        self.taken = threading.Event()

    def ann_takes(self, unit, seen):
        if not self.lost:
            self.lost = unit.pk
            rival = threading.Thread(target=at_once, args=([lambda: self.rival_takes(unit.pk, seen)],))
            rival.start()
            assert self.taken.wait(PATIENCE)
            filled = self.fill_from(unit, seen)
            rival.join()
            assert not filled
            return False
        self.let_go += at_once([lambda: can_be_locked(self.lost)])
        return self.fill_from(unit, seen)

    @transaction.atomic
    def rival_takes(self, pk, seen):
        assert self.fill_from(Unit.objects.get(pk=pk), seen)
        self.taken.set()
        until_somebody_waits()


@pytest.fixture
def rivals(tmp_path, monkeypatch):
    both = Rivals(make_study(tmp_path))
    monkeypatch.setattr(leases, "fill_from", both.ann_takes)
    return both


def test_hand_out_that_lost_its_unit_has_let_go_of_it_when_it_takes_another(rivals):
    (given,) = at_once([lambda: take_assignment(enrolment=rivals.enrolment)])
    assert given.unit_id
    assert rivals.let_go == [True]


def test_hand_out_holds_two_units_with_the_guard_off(rivals, monkeypatch):
    """The control: it chooses again in the same transaction."""
    choose = services._choose

    def choose_again(enrolment, position):
        try:
            return choose(enrolment, position)
        except UnitTaken:
            return choose(enrolment, position)

    monkeypatch.setattr(services, "_choose", choose_again)
    at_once([lambda: take_assignment(enrolment=rivals.enrolment)])
    assert rivals.let_go == [False]
