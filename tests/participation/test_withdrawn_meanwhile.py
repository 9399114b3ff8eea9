"""Somebody withdraws from another tab while a request of theirs is under way: they are told so."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from annotations.participation import flow
from annotations.participation.views import taking
from annotations.people.models import Enrolment, Participant
from annotations.responses.erasure import erase_participant
from annotations.responses.models import Response
from tests.participation.kit import JUDGED, Visitor, assert_balanced
from tests.participation.whole import TRUST

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = [
    {"kind": "consent"},
    {"kind": "questionnaire", "preset": "trust"},
    {"kind": "units"},
    {"kind": "exit"},
]


@pytest.fixture
def ann(make):
    make(protocol="supervision", settings={"steps": STEPS})
    visitor = Visitor()
    visitor.join()
    return visitor


def withdraw_before(monkeypatch, name, room=flow):
    """At the moment at which the view, which has read the enrolment, calls this function."""
    real = getattr(room, name)

    def withdraw_then_go_on(*args, **kwargs):
        monkeypatch.setattr(room, name, real)
        erase_participant(participant=Participant.objects.get(), actor="participant")
        return real(*args, **kwargs)

    monkeypatch.setattr(room, name, withdraw_then_go_on)


def assert_told_so(page):
    assert page.status == 404
    assert "Your answers have been deleted" in page.words
    assert not Response.objects.exists()
    assert_balanced()


def test_page_of_somebody_who_withdrew_meanwhile(ann, monkeypatch):
    ann.send(**TRUST)
    withdraw_before(monkeypatch, "stand")
    assert_told_so(ann.get())


def test_step_of_somebody_who_withdrew_meanwhile(ann, monkeypatch):
    withdraw_before(monkeypatch, "take_step")
    assert_told_so(ann.send(follow=False, **TRUST))


def test_answer_of_somebody_who_withdrew_meanwhile(ann, monkeypatch):
    ann.send(**TRUST)
    withdraw_before(monkeypatch, "submit")
    assert_told_so(ann.send(follow=False, **JUDGED))


def test_correction_of_somebody_who_withdrew_meanwhile(make, monkeypatch):
    make(protocol="supervision", settings={"corrections": {"allowed": True}})
    ann = Visitor()
    ann.begin()
    form = ann.page.form.filled(**JUDGED, next="1")
    ann.send(**JUDGED)
    withdraw_before(monkeypatch, "correct_response", taking)
    assert_told_so(ann.post("/take/sums/correct/", form | {"verdict": "correct"}))


def test_coming_back_of_somebody_who_withdrew_meanwhile(ann, monkeypatch):
    ann.send(**TRUST)
    ann.leave()
    withdraw_before(monkeypatch, "come_back")
    assert_told_so(ann.get())


@pytest.mark.parametrize("fault", [IntegrityError, Enrolment.DoesNotExist])
def test_same_fault_of_somebody_who_is_there_is_not_taken_for_it(ann, monkeypatch, fault):
    def fail(*args, **kwargs):
        raise fault

    monkeypatch.setattr(flow, "stand", fail)
    with pytest.raises(fault):
        ann.get()
