"""Nobody agrees to words that they did not read."""

from __future__ import annotations

import pytest

from annotations.people.models import Enrolment
from annotations.studies.models import Study
from annotations.studies.services import amend_study
from tests.participation.kit import Visitor

OLD, NEW = "We keep it for a year.", "We keep it for ever."
SETTINGS = {
    "locales": ["en", "es"],
    "information": {"retention": {"en": OLD, "es": "Un año."}, "training_use": True},
}


@pytest.fixture
def ann(make):
    """Ann reads the consent page."""
    make(settings=SETTINGS)
    ann = Visitor()
    assert OLD in ann.get("/join/sums/").words
    return ann


def amend():
    study = Study.objects.get()
    information = study.definition["information"] | {"retention": {"en": NEW, "es": "Siempre."}}
    return amend_study(study=study, definition=study.definition | {"information": information}, actor="test")


def test_amended_between_page_and_form_it_is_shown_again_and_nothing_is_stored(ann):
    amend()
    page = ann.send(consent="1", training_use="1")
    assert page.status == 422
    assert NEW in page.words
    assert "has changed since you opened it" in page.words
    assert not any(one.checked for one in page.form.fields)
    assert not Enrolment.objects.exists()
    ann.send(consent="1")
    enrolment = Enrolment.objects.get()
    assert enrolment.version.number == 2
    assert enrolment.consents["training_use"] is False


def test_amendment_of_other_things_asks_nobody_again(ann):
    study = Study.objects.get()
    amend_study(study=study, definition=study.definition | {"debrief": {"en": "Thanks."}}, actor="test")
    ann.send(consent="1")
    assert Enrolment.objects.get().version.number == 2


def test_form_sent_again_after_an_amendment_is_the_same_place(ann):
    form = ann.page.form
    ann.send(consent="1")
    amend()
    again = Visitor()
    again.client.cookies["csrftoken"] = ann.client.cookies["csrftoken"].value
    page = again.post("/join/sums/", form.filled(consent="1"))
    assert page.step == "instructions"
    assert Enrolment.objects.count() == 1


def test_words_in_another_language_are_other_words(ann):
    form = ann.page.form
    twin = ann.twin()
    twin.get("/join/sums/")
    chooser = twin.outer_form("language")
    twin.post(chooser.action, chooser.filled(language="es"))
    page = ann.post("/join/sums/", form.filled(consent="1"))
    assert page.status == 422
    assert "Un año." in page.words
    assert not Enrolment.objects.exists()


def test_form_that_does_not_say_what_was_shown_is_taken(ann):
    amend()
    ann.post("/join/sums/", ann.page.form.filled(consent="1", words=None))
    assert Enrolment.objects.count() == 1


def test_words_are_those_of_the_record(ann):
    words = ann.page.form.field("words").value
    ann.send(consent="1")
    assert Enrolment.objects.get().consents["sha256"] == words
