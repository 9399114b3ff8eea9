"""Batches that leave earlier people out, begin and end at their moments, and stop at their budget."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.core import clock
from annotations.core.models import AuditEntry
from annotations.participation import flow
from annotations.people.enrolling import NoPlace
from annotations.people.identities import Arrival
from annotations.people.models import Enrolment, Identity
from annotations.responses.erasure import erase_participant
from annotations.studies.batches import close_due_batches
from annotations.studies.extending import extend_batch
from annotations.studies.models import Batch, Study
from tests.participation.kit import Visitor, Walker
from tests.participation.providers.kit import Sent, prolific_query

BY_PROLIFIC = {"recruitment": {"provider": "prolific"}}
PEOPLE = ["ann", "bea"]


def moment(**ahead):
    return (clock.now() + timedelta(**ahead)).isoformat()


@pytest.fixture
def wave(make):
    """A pilot, and a study that leaves its people out; both by Prolific."""
    make("pilot", participants=5, settings={"collection": "one", **BY_PROLIFIC})
    return make("main", participants=5, leave_out=["pilot"], settings={"collection": "two", **BY_PROLIFIC})


def come(slug, person):
    visitor = Sent(prolific_query(PEOPLE.index(person)), slug)
    page = visitor.arrive()
    return visitor.consent() if page.step == "consent" else page


def test_whoever_was_in_the_earlier_study_is_left_out_and_others_are_not(wave):
    assert come("pilot", "ann").step == "instructions"
    page = come("main", "ann")
    assert "have not taken part in certain earlier studies, and you have" in page.words
    assert Identity.objects.filter(study=wave).count() == 0  # nothing was stored of it
    assert come("main", "bea").step == "instructions"


def test_batch_of_the_earlier_study_alone_is_left_out(make):
    make("pilot", batches=2, participants=1, settings={"collection": "one", **BY_PROLIFIC})
    make("main", leave_out=["pilot/batch-1"], settings={"collection": "two", **BY_PROLIFIC})
    come("pilot", "ann")
    come("pilot", "bea")
    assert come("main", "ann").step == "instructions"
    assert "and you have" in come("main", "bea").words


def test_later_batch_takes_whom_the_first_leaves_out(make):
    make("pilot", settings={"collection": "one", **BY_PROLIFIC})
    study = make("main", batches=2, leave_out=["pilot"], settings={"collection": "two", **BY_PROLIFIC})
    Batch.objects.filter(study=study, name="batch-1").update(left_out=[])
    come("pilot", "ann")
    assert come("main", "ann").step == "instructions"
    assert Enrolment.objects.get(batch__study=study).batch.name == "batch-1"


def test_browser_is_known_where_no_provider_is(make):
    make("pilot", settings={"collection": "one"})
    make("main", leave_out=["pilot"], settings={"collection": "two"})
    ann = Visitor("pilot")
    ann.join()
    ann.slug = "main"
    assert "and you have" in ann.get("/join/main/").words
    assert Visitor("main").join().step == "instructions"


def test_consent_that_was_read_before_does_not_let_them_in(make):
    """The page of consent was open when the pilot was taken part in, from the same browser."""
    make("pilot", settings={"collection": "one"})
    make("main", leave_out=["pilot"], settings={"collection": "two"})
    ann = Visitor("main")
    ann.get("/join/main/")
    Visitor("pilot", ann.client).join()
    assert "and you have" in ann.send(consent="1").words
    assert not Enrolment.objects.filter(batch__study__slug="main").exists()


def test_whoever_was_erased_is_known_no_more(wave):
    come("pilot", "ann")
    erase_participant(participant=Enrolment.objects.get().participant, actor="test")
    assert come("main", "ann").step == "instructions"


def test_nobody_is_looked_for_where_no_batch_leaves_anybody_out(make, django_assert_num_queries):
    from annotations.people.earlier import leaving_out

    make()
    with django_assert_num_queries(0):
        assert leaving_out([Batch(name="new")], Arrival("prolific", "ann"), ["x"]) == frozenset()


@pytest.mark.parametrize("named", ["nowhere", "sums-2/none", "sums/x/y"])
def test_unknown_study_is_refused(make, named):
    with pytest.raises(Exception, match=r"no such study|may not have"):
        make("main", leave_out=[named])
    assert not Study.objects.filter(state="open").exists()


def test_nobody_comes_in_before_the_moment(make):
    study = make(opens_at=moment(hours=2))
    with pytest.raises(NoPlace, match="has not begun yet"):
        Walker(study, "ann")
    with clock.moved(timedelta(hours=2, seconds=1)):
        assert Walker(study, "ann").unit()


def test_nobody_comes_in_after_the_moment_and_nothing_is_handed_out(make):
    study = make(closes_at=moment(hours=2), units_per_participant=3)
    ann = Walker(study, "ann")
    unit = ann.unit()
    with clock.moved(timedelta(hours=2, seconds=1)):
        with pytest.raises(NoPlace):
            Walker(study, "bea")
        ann.submit(unit)  # begun before: stored and counted
        assert Batch.objects.get().units.get(pk=unit.unit_id).answered == 1
        assert ann.stand().assignment is None
        assert ann.stand().step == "exit"


def test_schedule_closes_what_was_to_close(make):
    make(batches=2, closes_at=moment(hours=2))
    Batch.objects.filter(name="batch-1").update(closes_at=None)
    assert close_due_batches() == 0
    with clock.moved(timedelta(hours=3)):
        assert close_due_batches() == 1
        assert close_due_batches() == 0
    assert list(Batch.objects.values_list("name", "state")) == [("batch-0", "closed"), ("batch-1", "open")]
    entry = AuditEntry.objects.get(action="batch closed")
    assert (entry.actor, entry.details) == ("system", {"batch": "batch-0", "reason": "its moment came"})


def test_closing_moment_that_has_passed_is_refused(make):
    with pytest.raises(Exception, match="which has passed"):
        make(closes_at=moment(hours=-2))


def test_budget_gives_no_place_that_it_does_not_pay_for(make):
    """Two places at 1.5 of three: the third would cost more than 4."""
    study = make(participants=3, overlap=5, cost_per_place=1.5, budget=4)
    Walker(study, "ann").walk()
    Walker(study, "bea")
    with pytest.raises(NoPlace):
        Walker(study, "cyd")
    extend_batch(batch=Batch.objects.get(), wanted={"budget": 4.5}, actor="ada")
    Walker(study, "cyd")


def test_budget_takes_back_the_money_of_who_left_and_not_of_who_withdrew(make):
    study = make(participants=5, overlap=9, cost_per_place=1, budget=2)
    ann, bea = Walker(study, "ann"), Walker(study, "bea")
    ann.walk()
    flow.leave(enrolment=bea.enrolment)
    cyd = Walker(study, "cyd")
    erase_participant(participant=ann.enrolment.participant, actor="test")
    with pytest.raises(NoPlace):  # Ann's place is free, and her pay is gone
        Walker(study, "dan")
    flow.leave(enrolment=cyd.enrolment)
    Walker(study, "dan")


def test_budget_cannot_fall_below_what_is_spent(make):
    study = make(participants=5, overlap=9, cost_per_place=1, budget=3)
    for key in ("ann", "bea"):
        Walker(study, key)
    with pytest.raises(Exception, match="pays for 1 places, and more are used"):
        extend_batch(batch=Batch.objects.get(), wanted={"budget": 1}, actor="ada")
    extend_batch(batch=Batch.objects.get(), wanted={"budget": 2}, actor="ada")
    with pytest.raises(NoPlace):
        Walker(study, "cyd")
