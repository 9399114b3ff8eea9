"""Passing a unit over: done without an answer, its share free again, and never seen again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.allocation.models import Assignment
from annotations.allocation.services import leave, sweep_leases
from annotations.core.clock import moved
from annotations.core.errors import NotFound, Refusal
from annotations.people.models import Enrolment
from annotations.responses.erasure import erase_participant
from annotations.responses.models import Response
from annotations.responses.skipping import skip_unit
from annotations.studies.models import Batch, Unit
from tests.participation.kit import Walker

ALLOWED = {"skipping": {"allowed": True}}


@pytest.fixture
def study(make):
    return make(protocol="supervision", settings=ALLOWED)


@pytest.fixture
def ann(study):
    return Walker(study, "ann")


def skip(walker, assignment=None):
    return skip_unit(enrolment=walker.enrolment, assignment=assignment or walker.unit())


def filled():
    return sum(Unit.objects.values_list("filled", flat=True))


def test_skipped_unit_is_done_and_its_share_is_free(ann):
    unit = ann.unit()
    assert filled() == 1
    assert skip(ann, unit)
    assert (ann.enrolment.skipped, ann.enrolment.done, filled()) == (1, 1, 0)
    assert Assignment.objects.get().state == "skipped"
    assert not Response.objects.exists()


def test_skipped_unit_counts_towards_what_is_wanted(ann):
    """Three units are wanted: one is skipped, two are answered."""
    skip(ann)
    assert len(ann.walk()) == 2
    assert (ann.enrolment.answered, ann.enrolment.skipped) == (2, 1)


def test_skipped_item_never_comes_again(make):
    """Two items, of which one is skipped: the other is all that is left."""
    study = make(protocol="supervision", items=2, systems=2, units_per_participant=9, settings=ALLOWED)
    ann = Walker(study, "ann")
    skipped = ann.unit()
    skip(ann, skipped)
    leave(enrolment=ann.enrolment)
    assert [unit.item_id != skipped.item_id for unit in ann.walk()] == [True]


def test_skipped_unit_goes_to_others(make):
    study = make(protocol="supervision", items=1, systems=1, overlap=1, settings=ALLOWED)
    skip(Walker(study, "ann"))
    assert len(Walker(study, "bob").walk()) == 1


def test_skip_sent_twice_counts_once(ann):
    unit = ann.unit()
    assert [skip(ann, unit), skip(ann, unit)] == [True, False]
    assert ann.enrolment.skipped == 1


def test_skip_is_refused_where_the_study_does_not_allow_it(judged):
    ann = Walker(judged, "ann")
    with pytest.raises(Refusal, match="no task can be passed over"):
        skip(ann)
    assert Assignment.objects.get().state == "leased"


def test_skip_of_what_was_answered_is_refused(ann):
    unit = ann.unit()
    ann.submit(unit)
    with pytest.raises(Refusal, match="The answer is stored"):
        skip(ann, unit)
    assert (ann.enrolment.answered, ann.enrolment.skipped) == (1, 0)


def test_late_answer_to_a_skipped_unit_is_refused_in_words(ann):
    unit = ann.unit()
    skip(ann, unit)
    with pytest.raises(Refusal, match="passed this task over"):
        ann.submit(unit)
    assert (ann.enrolment.answered, Response.objects.count()) == (0, 0)


def test_lapsed_unit_may_be_skipped_and_frees_nothing_twice(ann):
    unit = ann.unit()
    with moved(timedelta(minutes=31)):
        sweep_leases()
        assert filled() == 0
        assert skip(ann, unit)
        assert filled() == 0
        assert ann.unit().item_id != unit.item_id


def test_who_skips_everything_is_done(ann):
    for _ in range(3):
        skip(ann)
    assert ann.stand().assignment is None
    assert Assignment.objects.filter(state="skipped").count() == 3


def test_skip_of_somebody_erased_meanwhile_is_no_error_of_ours(ann):
    unit, enrolment = ann.unit(), ann.enrolment
    erase_participant(participant=enrolment.participant, actor="test")
    with pytest.raises(NotFound, match="have been deleted"):
        skip_unit(enrolment=enrolment, assignment=unit)


def test_erasure_after_a_skip_balances(ann):
    skip(ann)
    ann.submit(ann.unit())
    erase_participant(participant=Enrolment.objects.get().participant, actor="test")
    assert filled() == 0
    assert Batch.objects.get().free_places == 3


@pytest.mark.parametrize("part", ["enrolment", "unit"])
def test_skip_that_cannot_be_stored_changes_nothing(ann, monkeypatch, part):
    from annotations.allocation import leases

    unit = ann.unit()
    with monkeypatch.context() as patch:

        def broken(*args, **kwargs):
            raise RuntimeError

        patch.setattr(leases, "skip" if part == "enrolment" else "free", broken)
        with pytest.raises(RuntimeError):
            skip(ann, unit)
    assert (ann.enrolment.skipped, filled()) == (0, 1)
    assert skip(ann, unit)


def test_stale_enrolment_is_handed_nothing_after_the_last_skip(make):
    """A tab that read the enrolment before the skip was stored must not get one unit more."""
    from annotations.allocation.services import take_assignment

    ann = Walker(make(protocol="supervision", units_per_participant=1, settings=ALLOWED), "ann")
    unit = ann.unit()
    before = ann.enrolment
    skip(ann, unit)
    assert take_assignment(enrolment=before) is None
    assert Assignment.objects.count() == 1


def test_stale_enrolment_is_handed_the_next_unit_after_a_skip(ann):
    from annotations.allocation.services import take_assignment

    unit = ann.unit()
    before = ann.enrolment
    skip(ann, unit)
    assert take_assignment(enrolment=before).position == 2
