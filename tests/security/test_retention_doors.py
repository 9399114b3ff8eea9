"""Once a day has come, nothing comes in that it would not take along, whether or not a sweeper has come by."""

from __future__ import annotations

import pytest

from annotations.people.enrolling import NoPlace
from annotations.people.models import Enrolment, Participant
from annotations.responses import retention
from annotations.responses.models import Message, Response
from annotations.responses.retention import carry_out_retention
from annotations.studies.models import RetentionDate, Study
from annotations.studies.services import amend_study
from tests.participation.kit import Visitor, Walker
from tests.participation.providers.kit import Sent, prolific_query
from tests.releases.case import files
from tests.security.days import days_later, kept

CONTACT = "ada@example.org"


@pytest.fixture
def study(recruit):
    """Answers are kept until a day, whoever gave them is known for as long."""
    settings = kept(identities=None, answers=20) | {"information": {"contact": {"en": CONTACT}}}
    return recruit("prolific", settings=settings, participants=5, units_per_participant=3)


def test_nobody_comes_in_on_the_day_of_the_answers(study):
    early, late = Sent(prolific_query(1)), Sent(prolific_query(2))
    early.arrive()
    with days_later(20):
        for page in (early.consent(), late.arrive()):
            assert "This study is over" in page.words
        with pytest.raises(NoPlace):
            Walker(study, "late")
    assert not Enrolment.objects.exists()


def test_nobody_comes_back_on_the_day_of_the_answers(study):
    ann = Sent(prolific_query(1))
    ann.begin()
    ann.leave()
    with days_later(20):
        assert ann.get().step == "over"
    assert Enrolment.objects.get().state == Enrolment.LEFT
    with days_later(19):
        assert ann.get().step == "units"


def test_no_message_is_taken_after_the_day(study):
    ann = Visitor()
    page = ann.get("/take/sums/message/")
    form = page.form
    with days_later(20):
        for page in (
            ann.get("/take/sums/message/"),
            ann.post("/take/sums/message/", form.filled(message="Hi")),
        ):
            assert "takes no more" in page.words
            assert CONTACT in page.words
            assert "message" not in {name for one in page.forms for name in one.names}
        carry_out_retention()
    assert not Message.objects.exists()
    with days_later(19):
        assert ann.post("/take/sums/message/", form.filled(message="Hi")).step == "message-sent"


def test_date_that_breaks_keeps_no_other_from_its_day(make, monkeypatch):
    for slug in ("one", "two"):
        Walker(make(slug, settings=kept()), "ann")
    act, broken = retention.erase_participant, []

    def breaks_once(**given):
        if not broken:
            broken.append(given["participant"].study.slug)
            raise RuntimeError("no such table")
        return act(**given)

    monkeypatch.setattr(retention, "erase_participant", breaks_once)
    with days_later(20):
        with pytest.raises(ExceptionGroup, match="not carried out"):
            carry_out_retention()
        assert [one.study.slug for one in Participant.objects.select_related("study")] == broken
        carry_out_retention()
    assert not Participant.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_loaded_release_keeps_the_promise_of_each_version(transactional_db, make, tmp_path):
    """In the copy too, who came early goes on the day that they were told."""
    from django.core.management import call_command

    from annotations.studies.services import close_study
    from tests.releases.case import analyse, load, release

    study = make(settings=kept(), participants=5)
    Walker(study, "early").walk()
    study.refresh_from_db()
    later = study.definition | kept(identities=30, answers=40)
    amend_study(study=study, definition=later, actor="test")
    Walker(Study.objects.get(), "late").walk()
    close_study(study=Study.objects.get(), actor="test")
    analyse("sums")
    first = release("sums", tmp_path / "release")
    assert first == files(tmp_path / "release")
    call_command("flush", interactive=False, verbosity=0)
    load(tmp_path / "release", slug="copy")
    answers = Response.objects.count()
    assert Participant.objects.count() == 2
    with days_later(20):
        assert carry_out_retention() == 1
        assert Participant.objects.count() == 1
        assert Response.objects.count() == answers / 2
        assert carry_out_retention() == 0
    with days_later(40):
        carry_out_retention()
    assert not Participant.objects.exists()
    assert RetentionDate.objects.filter(carried_out_at=None).count() == 0
