"""Places of a batch: whichever way they go, none is given twice and none is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.allocation.services import finish, leave
from annotations.core.clock import moved
from annotations.people import places
from annotations.people.enrolling import enrol
from annotations.people.models import Enrolment
from annotations.studies.models import Batch


@pytest.fixture
def batch(make):
    """One place."""
    return make(participants=1).batches.get()


@pytest.fixture
def ann(batch):
    """Ann has it."""
    return enrol(study=batch.study, entry_key="a" * 32).enrolment


def counts():
    batch = Batch.objects.get()
    return batch.running, batch.completed


def test_place_is_taken_while_one_is_free(ann, batch):
    assert counts() == (1, 0)
    assert not places.take_place(batch.pk)


@pytest.mark.parametrize("state", [Batch.PREPARING, Batch.PAUSED, Batch.CLOSED])
def test_place_of_a_batch_that_is_not_open_is_not_given(batch, state):
    Batch.objects.update(state=state)
    assert not places.take_place(batch.pk)


@pytest.mark.parametrize("state", [Enrolment.LEFT, Enrolment.COMPLETED])
def test_place_comes_back_once(ann, state):
    act = leave if state == Enrolment.LEFT else finish
    assert act(enrolment=ann)
    assert not act(enrolment=Enrolment.objects.select_related("batch").get())
    assert counts() == ((0, 0) if state == Enrolment.LEFT else (0, 1))


def test_place_that_was_completed_is_not_left(ann):
    finish(enrolment=ann)
    assert not leave(enrolment=ann)
    assert counts() == (0, 1)


def test_place_lapses_when_its_lease_is_over_and_not_before(ann):
    assert not places.return_place(ann, state=Enrolment.LAPSED)
    with moved(timedelta(minutes=31)):
        assert places.return_place(ann, state=Enrolment.LAPSED)
    assert counts() == (0, 0)


def test_place_is_retaken_if_it_is_free(ann):
    leave(enrolment=ann)
    ann.refresh_from_db()
    assert places.retake_place(ann)
    assert counts() == (1, 0)
    assert ann.finished_at is None


def test_place_is_retaken_once_by_two_tabs(ann):
    leave(enrolment=ann)
    tabs = [Enrolment.objects.select_related("batch").get() for _ in range(2)]
    assert [places.retake_place(tab) for tab in tabs] == [True, True]
    assert counts() == (1, 0)


def test_place_that_is_gone_is_not_retaken(ann, batch):
    leave(enrolment=ann)
    left = Enrolment.objects.select_related("batch").get()
    enrol(study=batch.study, entry_key="b" * 32)
    assert not places.retake_place(left)
    left.refresh_from_db()
    assert left.state == Enrolment.LEFT
    assert left.finished_at is not None
    assert counts() == (1, 0)


def test_place_is_not_completed_when_a_unit_was_handed_out_meanwhile(ann):
    """A tab that found nothing to do is late: another one has just been given a unit."""
    before = Enrolment.objects.select_related("batch").get()
    Enrolment.objects.update(handed_out=1)
    assert not places.complete_place(before)
    Enrolment.objects.update(handed_out=0)
    assert counts() == (1, 0)
