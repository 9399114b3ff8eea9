"""Two tabs on one step, and steps that are amended or end the passage: what was sent is stored whole or not."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest

from annotations.allocation.services import sweep_leases
from annotations.core import clock
from annotations.participation import flow, passage
from annotations.participation.passage import RealPassage
from annotations.people.models import Enrolment
from annotations.responses.models import StepAnswer
from annotations.studies.services import amend_study
from tests.participation.kit import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
ENDS = [{"kind": "units"}, {"kind": "exit"}]
ASKED = [{"kind": "consent"}, {"kind": "questionnaire", "questions": ["a", "b"]}, *ENDS]
QUESTIONS = [
    {"name": name, "kind": "text", "per": "person", "required": False, "text": {"en": name}} for name in "ab"
]
KEYED = {
    "name": "q",
    "text": {"en": "Which?"},
    "options": [{"value": "x"}, {"value": "y"}],
    "right": ["x"],
}
CHECKED = [{"kind": "consent"}, {"kind": "comprehension", "attempts": 1, "questions": [KEYED]}, *ENDS]


def before_take_step(monkeypatch, act):
    """The act comes when the view has read the enrolment, and before the form is taken."""
    real = flow.take_step

    def act_then_take(*args):
        monkeypatch.setattr(flow, "take_step", real)
        act()
        return real(*args)

    monkeypatch.setattr(flow, "take_step", act_then_take)


def test_second_tab_stores_nothing_and_is_told_so(make, monkeypatch):
    make(settings={"steps": ASKED, "questions": QUESTIONS})
    ann = Visitor()
    ann.join()
    one, two = (
        ann.page.form.filled(next="1") | answers
        for answers in ({"a": "of one", "b": ""}, {"a": "of two", "b": "of two"})
    )
    before_take_step(monkeypatch, lambda: ann.twin().post("/take/sums/", one, follow=False))
    page = ann.post("/take/sums/", two)
    assert dict(StepAnswer.objects.values_list("question", "value")) == {"a": "of one"}
    assert "What was sent first is stored and stays as it was" in page.words


def test_second_tab_that_says_the_same_goes_on(make, monkeypatch):
    make(settings={"steps": ASKED, "questions": QUESTIONS})
    ann = Visitor()
    ann.join()
    form = ann.page.form.filled(next="1") | {"a": "of both", "b": ""}
    before_take_step(monkeypatch, lambda: ann.twin().post("/take/sums/", form, follow=False))
    page = ann.post("/take/sums/", form)
    assert (page.status, page.step) == (200, "units")
    assert dict(StepAnswer.objects.values_list("question", "value")) == {"a": "of both"}


def test_late_tab_puts_nobody_back(make):
    rest = {"kind": "break", "text": {"en": "Rest"}}
    make(settings={"steps": [{"kind": "consent"}, {"kind": "instructions"}, rest, *ENDS]})
    ann = Visitor()
    ann.join()
    late = RealPassage(Enrolment.objects.select_related("batch__study", "version", "participant").get())
    ann.send()
    ann.send()
    assert ann.page.step == "units"
    flow.take_step(late, {"step": "instructions"})
    assert Enrolment.objects.get().step == "units"


def test_page_that_is_late_puts_nobody_back(make):
    """The end of the units is found by looking, without a form that would say which step it is of."""
    rest = {"kind": "break", "text": {"en": "Rest"}}
    make(settings={"steps": [{"kind": "consent"}, {"kind": "units"}, rest, {"kind": "exit"}]})
    Visitor().join()
    late = RealPassage(Enrolment.objects.select_related("batch__study", "version", "participant").get())
    assert late.step == "units"
    Enrolment.objects.update(step="exit")
    assert not late.advance(late.spec)
    assert Enrolment.objects.get().step == "exit"
    Enrolment.objects.update(step="units")
    late.step = "units"
    assert late.advance(late.spec)
    assert Enrolment.objects.get().step == "break"


def test_failed_check_is_not_stored_without_its_end(make, monkeypatch):
    make(settings={"steps": CHECKED})
    ann = Visitor()
    ann.join()

    def crash(**_arguments):
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(passage, "leave", crash)
        with pytest.raises(RuntimeError, match="killed"):
            ann.send(q="y")
    assert not StepAnswer.objects.exists()
    ann.get()
    ann.send(q="y")
    assert Enrolment.objects.get().outcome == Enrolment.FAILED_CHECKS


def test_failed_check_has_no_second_try_where_the_place_had_lapsed(make):
    """Whoever took the last place meanwhile is in, so the form finds none; it ends the passage all the same."""
    make(settings={"steps": CHECKED}, participants=1)
    ann, bob = Visitor(), Visitor()
    ann.join()
    with clock.moved(timedelta(hours=3)):
        sweep_leases()
        bob.join()
        ann.send(q="y")
        assert Enrolment.objects.get(outcome=Enrolment.FAILED_CHECKS).state == Enrolment.LAPSED
        bob.leave()
        ann.get()
        assert ann.page.step == "failed_checks"


def test_eligibility_is_asked_again_where_it_was_amended(make):
    adult = {
        "name": "adult",
        "text": {"en": "Are you 18?"},
        "options": [{"value": "yes"}, {"value": "no"}],
        "right": ["yes"],
    }
    steps = [{"kind": "eligibility", "questions": [adult]}, {"kind": "consent"}, *ENDS]
    study = make(settings={"steps": steps})
    ann = Visitor()
    ann.get("/join/sums/")
    ann.send(adult="yes")
    assert ann.page.step == "consent"
    definition = deepcopy(study.definition)
    definition["steps"][0]["questions"][0]["right"] = ["no"]
    amend_study(study=study, definition=definition, actor="test")
    ann.send(consent="1")
    assert ann.page.step == "eligibility"
    assert not Enrolment.objects.exists()
