"""Who is left without a task by no act of their own: what becomes of the submission at the provider."""

from __future__ import annotations

import pytest

from annotations.allocation.services import leave
from annotations.people.models import Enrolment
from annotations.people.outcomes import outcome_code
from annotations.studies.models import Batch
from annotations.studies.services import close_study
from tests.participation.kit import Visitor
from tests.participation.providers.kit import Sent, prolific_query

RETURN = "please return it there"
WRITE = "please write to the researchers about your pay"
WORKER = {"workerId": "A1B2C3D4E5", "assignmentId": "3ABCDEFGHIJKLMNOPQ"}


def in_a_study(recruit, provider, **batch):
    given = {"site": "x.example.org", "experiment_id": "1", "credit_token": "t"} if provider == "sona" else {}
    return recruit(provider, given=given, units_per_participant=2, **batch)


@pytest.mark.parametrize(
    "provider, query", [("prolific", prolific_query()), ("mturk", WORKER), ("sona", {"id": "123"})]
)
@pytest.mark.parametrize("worked", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_who_cannot_come_back_is_told_what_to_do_with_the_submission(
    recruit, provider, query, worked, closed
):
    others = {"prolific": prolific_query(2), "mturk": {"workerId": "AZZZZZZZZZ"}, "sona": {"id": "9"}}
    study = in_a_study(recruit, provider, participants=1)
    ann = Sent(query)
    ann.begin()
    if worked:
        ann.answer_unit()
    leave(enrolment=ann.enrolment)
    if closed:
        close_study(study=study, actor="test")
    else:
        Sent(query | others[provider]).begin()  # has the only place
    page = ann.get()
    assert page.step == ("over" if closed else "gone")
    assert (RETURN in page.words, WRITE in page.words) == (not worked, worked)
    assert "/take/sums/message/" in page.links
    assert (outcome_code(study, "full") in page.words) == (provider != "sona")


def test_who_finds_no_task_is_told_too(recruit):
    study = recruit("prolific", items=1, overlap=1)
    ann = Sent(prolific_query(2))
    ann.arrive()
    ann.consent()
    Sent(prolific_query(1)).begin()
    page = ann.send()
    assert (page.step, RETURN in page.words) == ("no-task", True)
    assert outcome_code(study, "full") in page.words


def test_who_holds_no_submission_is_asked_for_none(make):
    make(items=1, overlap=1, settings={"recruitment": {"provider": "open", "codes": {"full": "FULL"}}})
    ann = Visitor()
    ann.join()
    Visitor().begin()
    page = ann.send()
    assert page.step == "no-task"
    assert "submission" not in page.words
    assert "FULL" not in page.words


def test_study_that_is_closed_promises_no_task_for_later(recruit):
    study = recruit("prolific")
    ann = Sent(prolific_query())
    ann.arrive()
    ann.consent()
    close_study(study=study, actor="test")
    page = ann.send()
    assert page.step == "over"
    assert "look later" not in page.words
    assert ann.enrolment.state == Enrolment.LEFT
    assert Batch.objects.get().running == 0


@pytest.mark.parametrize("worked", [False, True])
def test_who_leaves_is_told_about_the_submission_and_pay(recruit, worked):
    study = in_a_study(recruit, "prolific")
    ann = Sent(prolific_query())
    ann.begin()
    if worked:
        ann.answer_unit()
    page = ann.leave()
    assert page.step == "left"
    assert (RETURN in page.words, WRITE in page.words) == (not worked, worked)
    assert outcome_code(study, "full") not in page.words


def test_who_leaves_by_an_open_link_is_asked_for_no_submission(make):
    make()
    ann = Visitor()
    ann.begin()
    assert "submission" not in ann.leave().words
