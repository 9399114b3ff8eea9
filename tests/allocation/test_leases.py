"""Leases: they lapse, are renewed and come back; late answers; pause and close in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.allocation import leases
from annotations.allocation.models import Assignment
from annotations.allocation.services import finish, leave, sweep_leases
from annotations.core.clock import moved
from annotations.people.models import Enrolment
from annotations.responses.models import Response
from annotations.studies.models import Batch, Unit
from annotations.studies.services import close_study, open_study, pause_study
from tests.participation.kit import JUDGED, Visitor, Walker

LATE, LATER = timedelta(minutes=31), timedelta(minutes=62)


@pytest.fixture
def tight(make):
    """One place, one unit, one answer."""
    return make(
        protocol="supervision", items=1, systems=1, participants=1, overlap=1, units_per_participant=1
    )


@pytest.fixture
def roomy(make):
    """Two places for one unit of one answer."""
    return make(
        protocol="supervision", items=1, systems=1, participants=2, overlap=1, units_per_participant=1
    )


def state():
    batch, unit = Batch.objects.get(), Unit.objects.order_by("-filled").first()
    return batch.running, batch.completed, unit.filled, unit.answered


def test_lapsed_lease_frees_unit_and_place(tight):
    ann = Walker(tight, "ann")
    ann.unit()
    assert state() == (1, 0, 1, 0)
    with moved(LATE):
        assert sweep_leases() == 1
    assert state() == (0, 0, 0, 0)
    assert Enrolment.objects.get().state == "lapsed"
    assert Assignment.objects.get().state == "released"


def test_sweep_takes_nothing_that_has_not_lapsed(tight):
    Walker(tight, "ann").unit()
    with moved(timedelta(minutes=29)):
        assert sweep_leases() == 0
    assert state() == (1, 0, 1, 0)


def test_sweep_twice_does_no_harm(tight):
    Walker(tight, "ann").unit()
    with moved(LATE):
        assert [sweep_leases(), sweep_leases()] == [1, 0]
    assert state() == (0, 0, 0, 0)


def test_sweep_leaves_other_batches_alone(make, tight):
    other = make("other", settings={"collection": "other"})
    Walker(tight, "ann").unit()
    Walker(other, "bob").unit()
    with moved(LATE):
        assert sweep_leases(batches=[other.batches.get().pk]) == 1
    assert Enrolment.objects.get(participant__key="ann").state == "active"


def test_looking_renews_lease_and_place(tight):
    ann = Walker(tight, "ann")
    first = ann.unit().expires_at
    with moved(timedelta(minutes=20)):
        assert ann.unit().expires_at > first
    with moved(LATE):
        assert sweep_leases() == 0


def test_looking_at_once_again_writes_nothing(tight):
    ann = Walker(tight, "ann")
    assert ann.unit().expires_at == ann.unit().expires_at


def test_reading_the_instructions_renews_the_place(tight):
    ann = Walker(tight, "ann", until="instructions")
    with moved(timedelta(minutes=20)):
        assert ann.stand().step == "instructions"
    with moved(LATE):
        assert sweep_leases() == 0


def test_lapsed_place_goes_to_somebody_else(tight):
    Walker(tight, "ann").unit()
    with moved(LATE):
        sweep_leases()
        assert len(Walker(tight, "bob").walk()) == 1


def test_lapsed_unit_goes_to_somebody_else_without_a_sweeper(roomy):
    """Nobody sweeps: whoever finds nothing to do does it."""
    Walker(roomy, "ann").unit()
    with moved(LATE):
        assert len(Walker(roomy, "bob").walk()) == 1


def test_lapsed_place_goes_to_somebody_else_without_a_sweeper(tight):
    """Seen by whoever opens the link, and by whoever has it open already."""
    Walker(tight, "ann").unit()
    with moved(LATE):
        assert Visitor().get("/join/sums/").step == "consent"
    assert Enrolment.objects.get().state == "lapsed"


def test_lapsed_place_is_found_when_the_consent_is_sent(tight):
    bob = Visitor()
    bob.get("/join/sums/")
    Walker(tight, "ann").unit()
    with moved(LATE):
        assert bob.send(consent="1").step == "instructions"


def test_late_answer_that_nobody_swept_counts(tight):
    ann = Walker(tight, "ann")
    unit = ann.unit()
    with moved(LATER):
        assert not ann.submit(unit).surplus
    assert state() == (1, 0, 1, 1)


def test_late_answer_takes_its_place_again(tight):
    ann = Walker(tight, "ann")
    unit = ann.unit()
    with moved(LATE):
        sweep_leases()
        assert not ann.submit(unit).surplus
        assert state() == (1, 0, 1, 1)
        assert ann.stand().step == "exit"
    assert state() == (0, 1, 1, 1)


def test_late_answer_is_surplus_when_the_unit_is_full(roomy):
    ann = Walker(roomy, "ann")
    unit = ann.unit()
    with moved(LATE):
        sweep_leases()
        Walker(roomy, "bob").walk()
        assert ann.submit(unit).surplus
    assert state() == (1, 1, 1, 1)
    assert Response.objects.count() == 2
    assert Response.objects.scored().count() == 1


def test_late_answer_is_surplus_when_the_batch_is_full(make):
    """The unit would have room, but the place has gone."""
    study = make(protocol="supervision", items=2, systems=1, participants=1, units_per_participant=1)
    ann = Walker(study, "ann")
    unit = ann.unit()
    with moved(LATE):
        sweep_leases()
        Walker(study, "bob").walk()
        assert ann.submit(unit).surplus
        assert ann.stand().step == "gone"
    assert Batch.objects.get().completed == 1
    assert Response.objects.scored().count() == 1
    assert Enrolment.objects.get(participant__key="ann").state == "lapsed"


def test_late_answer_sent_twice_is_one_row(tight):
    ann = Walker(tight, "ann")
    unit = ann.unit()
    with moved(LATE):
        sweep_leases()
        assert ann.submit(unit).pk == ann.submit(unit).pk
    assert state() == (1, 0, 1, 1)


def test_surplus_answer_sent_twice_is_one_row(roomy):
    ann = Walker(roomy, "ann")
    unit = ann.unit()
    with moved(LATE):
        sweep_leases()
        Walker(roomy, "bob").walk()
        assert ann.submit(unit).pk == ann.submit(unit).pk
    assert Response.objects.count() == 2


def test_answer_after_leaving_takes_its_place_again(tight):
    ann = Walker(tight, "ann")
    unit = ann.unit()
    assert leave(enrolment=ann.enrolment)
    assert state() == (0, 0, 0, 0)
    assert not ann.submit(unit).surplus
    assert state() == (1, 0, 1, 1)


def test_coming_back_gives_the_unit_again_if_it_is_free(tight):
    ann = Walker(tight, "ann")
    unit = ann.unit()
    with moved(LATE):
        sweep_leases()
        again = ann.unit()
    assert (again.pk, again.submission_key) == (unit.pk, unit.submission_key)
    assert state() == (1, 0, 1, 0)


def test_coming_back_gives_another_unit_if_it_is_taken(make):
    """Cyd takes the unit that Ann left before she is back."""
    study = make(
        protocol="supervision", items=3, systems=1, overlap=1, participants=3, units_per_participant=1
    )
    ann, bob = Walker(study, "ann"), Walker(study, "bob")
    left = ann.unit()
    bob.submit(bob.unit())
    leave(enrolment=ann.enrolment)
    cyd = Walker(study, "cyd")
    take_only(cyd, left)
    assert ann.unit().unit_id != left.unit_id


def take_only(walker, left):
    """The unit that `left` was, whichever the seed would have chosen."""
    unit = left.unit
    unit.refresh_from_db()
    assert leases.fill(unit)
    enrolment = walker.enrolment
    Enrolment.objects.filter(pk=enrolment.pk).update(handed_out=1)
    return Assignment.objects.create(
        enrolment=enrolment,
        participant=enrolment.participant,
        unit=unit,
        item=left.item,
        submission_key="of-cyd",
        position=1,
        eligible=1,
        probability=1.0,
        expires_at=enrolment.expires_at,
    )


def test_coming_back_without_a_free_place_says_so(tight):
    ann = Walker(tight, "ann")
    ann.unit()
    leave(enrolment=ann.enrolment)
    bob = Walker(tight, "bob")
    assert ann.stand().step == "gone"
    leave(enrolment=bob.enrolment)
    assert ann.stand().step == "units"


def test_page_of_a_taken_place_says_so_and_keeps_the_codes(tight):
    ann = Visitor()
    code = ann.begin().withdrawal_code
    ann.leave()
    Visitor().join()
    page = ann.get()
    assert page.step == "gone"
    assert "is taken" in page.words
    assert page.withdrawal_code == code


@pytest.mark.parametrize("act, step", [(pause_study, "paused"), (close_study, "exit")])
def test_answer_to_a_unit_on_lease_counts_after_a_stop_and_nothing_new_comes(judged, act, step):
    ann = Visitor()
    ann.begin()
    act(study=judged, actor="test")
    assert ann.get().step == "units"
    assert ann.send(**JUDGED).step == step
    assert Response.objects.get().surplus is False
    assert Assignment.objects.count() == 1


def test_pause_ends_nobody_s_passage(judged):
    ann = Visitor()
    ann.begin()
    pause_study(study=judged, actor="test")
    page = ann.send(**JUDGED)
    assert "takes a break" in page.words
    assert not page.codes.get("completion-code")
    assert Enrolment.objects.get().state == "active"
    judged.refresh_from_db()
    open_study(study=judged, actor="test")
    assert ann.get().step == "units"
    assert ann.finish(**JUDGED).step == "exit"


def test_pause_after_the_last_answer_lets_people_finish(judged):
    ann = Visitor()
    ann.begin()
    for _ in range(2):
        ann.send(**JUDGED)
    pause_study(study=judged, actor="test")
    assert ann.send(**JUDGED).step == "exit"
    assert Batch.objects.get().completed == 1


def test_coming_back_in_a_pause_says_that_it_is_one(judged):
    ann = Visitor()
    ann.begin()
    ann.leave()
    pause_study(study=judged, actor="test")
    assert ann.get().step == "paused"


def test_coming_back_to_a_closed_study_says_that_it_is_over(judged):
    ann = Visitor()
    ann.begin()
    ann.leave()
    close_study(study=judged, actor="test")
    page = ann.get()
    assert page.step == "over"
    assert "This study is over" in page.words


def test_late_answer_after_closing_is_kept_and_not_counted(judged):
    ann = Visitor()
    ann.begin()
    form = ann.page.form
    ann.leave()
    close_study(study=judged, actor="test")
    assert ann.post("/take/sums/", form.filled(**JUDGED)).step == "over"
    assert Response.objects.get().surplus is True


def test_stale_enrolment_is_handed_nothing_beyond_what_is_wanted(make):
    """A tab that read the enrolment before the last answer was stored must not get one unit more."""
    from annotations.allocation.services import take_assignment

    study = make(protocol="supervision", units_per_participant=1)
    ann = Walker(study, "ann")
    unit = ann.unit()
    before = ann.enrolment
    ann.submit(unit)
    assert take_assignment(enrolment=before) is None
    assert Assignment.objects.count() == 1


def test_stale_enrolment_of_somebody_who_left_ends_no_passage(judged):
    """A tab that looks while another one leaves must not show the end page."""
    from annotations.participation import flow

    ann = Walker(judged, "ann")
    before = ann.enrolment
    leave(enrolment=ann.enrolment)
    assert flow.stand(before).step == "gone"
    assert Batch.objects.get().completed == 0


def test_passage_that_is_done_ends_its_open_lease(judged):
    ann = Walker(judged, "ann")
    ann.unit()
    assert finish(enrolment=ann.enrolment)
    assert Assignment.objects.get().state == "released"
    assert state()[2:] == (0, 0)


def test_unit_that_moved_since_it_was_seen_is_not_filled(make):
    """Both look before either takes: with two shares left, the second looks again."""
    make(protocol="supervision", items=1, systems=1, participants=2, overlap=2, units_per_participant=1)
    one, other = (Unit.objects.get() for _ in range(2))
    assert leases.fill_from(one, one.filled)
    assert not leases.fill_from(other, other.filled)
    assert leases.fill(other)
    assert Unit.objects.get().filled == 2
    for _ in range(2):  # nobody holds them
        leases.free(other)
