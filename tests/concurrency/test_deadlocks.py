"""Every kind of act at once, for some seconds: the database has no deadlock to break, and all counters fit."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import OperationalError, transaction

from annotations.allocation import leases
from annotations.allocation.models import Assignment
from annotations.core import retrying
from annotations.people.models import Enrolment
from tests.analysis.conftest import no_broker
from tests.concurrency.acts import SETTINGS, Town
from tests.concurrency.deadlocks import count_deadlocks, noticed_soon
from tests.concurrency.threads import PATIENCE, at_once
from tests.participation.kit import Walker, assert_balanced, make_study

__all__ = ["no_broker"]

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_broker"),
]
sizes = pytest.mark.parametrize("seconds", [4, pytest.param(180, marks=pytest.mark.proof)])
ACTORS = 8


def make(tmp_path, **settings):
    return make_study(
        tmp_path, protocol="supervision", items=8, overlap=60, participants=60, units_per_participant=5,
        batches=2, strata=["domain"], settings=settings,
    )  # fmt: skip


@sizes
def test_no_act_waits_for_another_that_waits_for_it(tmp_path, seconds):
    study = make(tmp_path, **SETTINGS)
    before, until = count_deadlocks(), time.monotonic() + seconds
    with noticed_soon():
        ended = at_once([lambda seed=seed: Town(study, seed).live(until) for seed in range(ACTORS)])
    assert ended == [None] * ACTORS
    assert count_deadlocks() == before
    assert_balanced()


def test_act_that_locks_in_the_other_order_is_a_deadlock(tmp_path, monkeypatch):
    """The control: somebody who has taken the assignment wants the enrolment, and an answer the reverse."""
    ann = Walker(make(tmp_path), "ann")
    unit, met, settle = ann.unit(), threading.Barrier(2), leases.settle

    def meet_then_settle(assignment):
        met.wait(PATIENCE)
        return settle(assignment)

    @transaction.atomic
    def other_order():
        Assignment.objects.filter(pk=unit.pk).update(position=unit.position)
        met.wait(PATIENCE)
        Enrolment.objects.filter(pk=unit.enrolment_id).update(language="en")

    monkeypatch.setattr(leases, "settle", meet_then_settle)
    monkeypatch.setattr(retrying, "TRIES", 1)  # it would be done again
    before = count_deadlocks()
    with noticed_soon():
        ended = at_once([lambda: ann.submit(unit), other_order])
    assert [isinstance(one, OperationalError) for one in ended].count(True) == 1
    assert count_deadlocks() == before + 1
