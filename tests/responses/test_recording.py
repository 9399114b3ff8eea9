"""Recording: committed before the page says so, in one transaction with the counters."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test.utils import CaptureQueriesContext

from annotations.core.errors import NotFound, Refusal
from annotations.participation import flow
from annotations.responses.answers import Answer
from annotations.responses.erasure import erase_participant
from annotations.responses.models import Response
from annotations.responses.recording import correct_response
from tests.participation.kit import JUDGED, Visitor, Walker, assert_balanced

MOST_QUERIES = 8


@pytest.fixture
def ann(judged):
    return Walker(judged, "ann")


@pytest.mark.parametrize("step", ["swap", "create", "count"])
def test_answer_that_cannot_be_stored_changes_nothing(ann, monkeypatch, step):
    """Whichever write fails, the counters are as before and the same form can be sent again."""
    from annotations.allocation import leases

    unit = ann.unit()
    with monkeypatch.context() as patch:

        def broken(*args, **kwargs):
            raise OperationalError("disk full")

        if step == "swap":
            patch.setattr(leases, "settle", broken)
        elif step == "count":
            patch.setattr(leases, "_count_answer", broken)
        else:
            patch.setattr(Response, "save", broken)
        with pytest.raises(OperationalError):
            ann.submit(unit)
    assert not Response.objects.exists()
    assert_balanced()
    assert ann.submit(unit).surplus is False


def test_answer_of_somebody_erased_meanwhile_is_not_stored(ann):
    unit, enrolment = ann.unit(), ann.enrolment
    erase_participant(participant=enrolment.participant, actor="test")
    with pytest.raises(NotFound, match="have been deleted"):
        flow.submit(enrolment=enrolment, assignment=unit, answer=Answer(verdict="correct", confidence=1.0))
    assert not Response.objects.exists()


def test_correction_is_refused_where_the_study_keeps_first_answers(ann):
    response = ann.submit(ann.unit())
    with pytest.raises(Refusal, match="keeps the first answer"):
        correct_response(response=response, answer=Answer(verdict="unsure", confidence=1.0))


def test_correction_of_what_was_corrected_is_refused_unless_it_is_the_same(make):
    study = make(protocol="supervision", settings={"corrections": {"allowed": True}})
    ann = Walker(study, "ann")
    response = ann.submit(ann.unit())
    unsure = Answer(verdict="unsure", confidence=1.0)
    first = correct_response(response=response, answer=unsure)
    assert correct_response(response=response, answer=unsure) == first
    with pytest.raises(Refusal, match="corrected before"):
        correct_response(response=response, answer=Answer(verdict="avoidant", confidence=1.0))
    assert Response.objects.count() == 2


def test_correction_marks_the_answer_anew(make):
    study = make(settings={"corrections": {"allowed": True}})
    ann = Walker(study, "ann")
    unit = ann.unit()
    wrong = ann.submit(unit, answer="1", dont_know=False, difficulty=1.0)
    right = correct_response(
        response=wrong,
        answer=Answer(answer=unit.item.reference[0], dont_know=False, difficulty=1.0, confidence=1.0),
    )
    assert (wrong.answer_correct, right.answer_correct) == (False, True)


@pytest.mark.parametrize(
    "given, passed", [("{}", True), (" {}.00 ", True), ("${}", True), ("{}1", False), ("many", False)]
)
def test_check_is_marked_by_the_grader_of_its_domain(make, given, passed):
    ann = Walker(make(checks=2, settings={"checks": {"share": 0.9}}), "ann")
    while not (unit := ann.unit()).unit.is_check:
        ann.submit(unit)
    answer = given.format(unit.item.check_answer)
    assert ann.submit(unit, answer=answer, dont_know=False, difficulty=1.0).check_passed is passed


def test_times_are_the_server_s(ann):
    from datetime import timedelta

    from annotations.core.clock import moved

    unit = ann.unit()
    with moved(timedelta(seconds=90)):
        stored = ann.submit(unit)
    assert 90_000 <= stored.duration_ms < 95_000
    assert 0 <= stored.started_ms < 5_000


def test_submit_and_next_ask_the_database_few_times(judged):
    """Statements of the transaction's begin and end left out: those cost nothing to speak of."""
    from django.db import connection

    ann = Visitor()
    ann.begin()
    ann.send(**JUDGED)
    form = ann.page.form
    with CaptureQueriesContext(connection) as sent:
        ann.post("/take/sums/", form.filled(**JUDGED), follow=False)
    with CaptureQueriesContext(connection) as looked:
        ann.get()
    with CaptureQueriesContext(connection) as again:
        ann.get()
    counts = [
        len([one for one in asked if one["sql"].split()[0] in ("SELECT", "UPDATE", "INSERT")])
        for asked in (sent, looked, again)
    ]
    assert counts[0] <= MOST_QUERIES
    assert counts[1] <= MOST_QUERIES + 2  # a hand-out moves four counters; one more where the circle closes
    assert counts[2] <= 2
