"""The end of a passage: what was wrong is told there, where the study says so, and nowhere before."""

from __future__ import annotations

import pytest

from annotations.allocation.services import leave
from annotations.catalogue.models import Output
from annotations.people.models import Enrolment
from annotations.responses.models import Response
from annotations.studies.models import Study
from annotations.studies.services import close_study
from tests.participation.kit import Visitor

WRONG = "These answers were wrong"
STEPS = [
    {"kind": "consent"},
    {"kind": "instructions"},
    {"kind": "units"},
    {"kind": "debrief", "reveal": True},
    {"kind": "exit"},
]
BELIEVED = {"verdict": "correct", "confidence": "90"}


@pytest.fixture
def ann(make):
    """Ann judges two outputs of a study that allows corrections and tells what was wrong: both were."""
    make(
        protocol="supervision",
        units={"grade": ["incorrect"]},
        units_per_participant=2,
        settings={"steps": STEPS, "corrections": {"allowed": True}},
    )
    return Visitor()


def test_debrief_tells_what_was_wrong_after_the_last_answer(ann):
    ann.begin()
    while ann.page.step == "units":
        assert WRONG not in ann.page.words
        ann.send(**BELIEVED)
    assert WRONG in ann.page.words
    assert ann.page.words.count("You took this one for correct") == 2


def test_debrief_ends_corrections(ann):
    form = ann.begin().form
    ann.finish(**BELIEVED)
    other = form.filled(verdict="incorrect", confidence="100")
    page = ann.post("/take/sums/", other)
    assert page.status == 409
    assert not [one for one in page.forms if one.in_main]
    page = ann.post("/take/sums/correct/", other)
    assert page.status == 409
    assert "cannot be changed any more" in page.words
    assert set(Response.objects.values_list("verdict", flat=True)) == {"correct"}


def test_debrief_tells_nothing_unless_asked_to(judged):
    ann = Visitor()
    ann.begin()
    assert WRONG not in ann.finish(**BELIEVED).words


def test_debrief_tells_what_was_wrong_where_an_error_is_grave(make):
    make(protocol="supervision", units={"grade": ["incorrect"]}, units_per_participant=2)
    Output.objects.update(severity=3.0)
    ann = Visitor()
    ann.begin()
    assert WRONG in ann.finish(**BELIEVED).words


def test_debrief_tells_nothing_to_those_who_left(ann):
    ann.begin()
    ann.send(**BELIEVED)
    assert WRONG not in ann.leave().words


def test_severity_is_told_of_though_no_step_is_a_debrief(make):
    steps = [step for step in STEPS if step["kind"] != "debrief"]
    make(protocol="supervision", units={"grade": ["incorrect"]}, settings={"steps": steps})
    Output.objects.update(severity=2)
    ann = Visitor()
    ann.begin()
    assert WRONG in ann.finish(**BELIEVED).words


def test_debrief_shows_outputs_as_the_units_did(ann):
    Output.objects.update(text="So **it** is <b>\\(\\frac{1}{2}\\)</b>.")
    ann.begin()
    shown = "<strong>it</strong> is &lt;b&gt;<math>"
    assert shown in ann.page.html
    ann.finish(**BELIEVED)
    assert ann.page.html.count(shown) == 2


@pytest.fixture
def gone(ann):
    """Ann judges one of two outputs, both grave, and leaves; another is open in her browser."""
    Output.objects.update(severity=3.0)
    form = ann.begin().form
    ann.send(**BELIEVED)
    ann.leave()
    ann.other = form.filled(verdict="incorrect", confidence="100")
    return ann


def test_grave_errors_are_told_to_those_who_returned(gone):
    leave(enrolment=gone.enrolment, outcome=Enrolment.RETURNED)
    page = gone.get()
    assert page.step == "returned"
    assert WRONG in page.words
    assert page.words.count("You took this one for correct") == 1


def test_grave_errors_are_told_to_those_who_left_once_the_study_is_closed(gone):
    assert WRONG not in gone.page.words
    close_study(study=Study.objects.get(), actor="test")
    page = gone.get()
    assert page.step == "over"
    assert WRONG in page.words


def test_errors_that_are_not_grave_are_told_in_the_debrief_only(gone):
    Output.objects.update(severity=None)
    leave(enrolment=gone.enrolment, outcome=Enrolment.RETURNED)
    assert WRONG not in gone.get().words


def test_what_was_told_is_corrected_no_more(gone):
    close_study(study=Study.objects.get(), actor="test")
    page = gone.post("/take/sums/", gone.other)
    assert page.status == 409
    assert not [one for one in page.forms if one.in_main]
    page = gone.post("/take/sums/correct/", gone.other)
    assert page.status == 409
    assert "cannot be changed" in page.words
    assert set(Response.objects.values_list("verdict", flat=True)) == {"correct"}
