"""Identities and answers go on the days that a study promised: in pieces, once, whoever carries it out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from annotations import tasks
from annotations.core import clock
from annotations.core.errors import Refusal
from annotations.core.models import AuditEntry
from annotations.people.enrolling import NoPlace, withdrawal_code
from annotations.people.models import Enrolment, Identity, Invitation, Participant, ProviderEvent
from annotations.research.retention import days_kept
from annotations.responses import retention
from annotations.responses.messages import write_message
from annotations.responses.models import Message, Response, StepAnswer
from annotations.responses.retention import carry_out_retention
from annotations.studies.models import RetentionDate, Study, StudyVersion
from annotations.studies.retention import today
from annotations.studies.services import amend_study, open_study, why_not_open
from tests.concurrency.threads import at_once
from tests.participation.kit import RATED, Visitor, Walker
from tests.participation.providers.kit import Sent, prolific_query, tell, told
from tests.security.days import ANSWERS, IDENTITIES, day, days_later, kept


def carried_out():
    return dict(RetentionDate.objects.values_list("what", "carried_out_at"))


@pytest.fixture
def panel(recruit, settings):
    """Ann, of a panel, gave her submission back and wrote a message; Bea has one answer."""
    settings.PROLIFIC_WEBHOOK_SECRETS = ["a secret of a workspace"]
    study = recruit("prolific", settings=kept(), participants=5, units_per_participant=3)
    ann, bea = (Sent(prolific_query(number)) for number in (1, 2))
    for person in (ann, bea):
        person.begin()
        person.answer_unit()
    assert tell(told("RETURNED")) == 200
    write_message(study=study, participant=ann.enrolment.participant, submission_key="a" * 30, text="Hello.")
    write_message(study=study, participant=None, submission_key="b" * 30, text="Who am I?")
    return study, ann, bea


def test_nothing_goes_before_its_day(panel):
    with days_later(9):
        assert carry_out_retention() == 0
    assert (Identity.objects.count(), ProviderEvent.objects.count()) == (2, 1)
    assert set(carried_out().values()) == {None}


def test_identities_go_on_their_day_and_answers_stay(panel):
    bea = panel[2]
    tokens = set(Enrolment.objects.values_list("token_hash", flat=True))
    with days_later(10):
        assert carry_out_retention() == 2
        assert (Identity.objects.count(), ProviderEvent.objects.count()) == (0, 0)
        assert Response.objects.count() == 2
        assert not tokens & set(Enrolment.objects.values_list("token_hash", flat=True))
        # Neither the browser nor the provider's link opens the passage; nor does anybody new come in.
        assert bea.get().step != "units"
        for number in (2, 3):
            assert "This study is over" in Sent(prolific_query(number)).arrive().words
    assert Enrolment.objects.count() == 2
    done = carried_out()
    assert done[IDENTITIES] is not None
    assert done[ANSWERS] is None


def test_form_that_was_open_when_the_day_came_lets_nobody_in(panel):
    late = Sent(prolific_query(3))
    late.arrive()
    with days_later(10):
        assert "This study is over" in late.consent().words
        with pytest.raises(NoPlace):
            Walker(panel[0], "late")
    assert Enrolment.objects.count() == 2


def test_browsers_of_people_without_a_provider_open_nothing_either(make):
    make(settings=kept())
    ann = Visitor()
    ann.begin()
    code = withdrawal_code(ann.enrolment.participant)
    with days_later(10):
        assert carry_out_retention() == 1
        assert ann.get().step != "units"
        # The code still deletes the answers.
        page = ann.get("/take/withdraw/")
        page = ann.post("/take/withdraw/", page.form.filled(code=code, sure="1"))
        assert page.step == "withdrawn"
    assert not Participant.objects.exists()


def test_answers_go_on_their_day_with_everything(panel):
    study = panel[0]
    with days_later(20):
        carry_out_retention()
    study.refresh_from_db()
    assert study.state == Study.CLOSED
    for model in (Participant, Enrolment, Identity, Response, StepAnswer, Message, Invitation):
        assert not model.objects.exists(), model
    assert None not in carried_out().values()


def test_it_is_carried_out_once_and_audited(panel):
    with days_later(20):
        carry_out_retention()
        before = AuditEntry.objects.count()
        assert carry_out_retention() == 0
        assert AuditEntry.objects.count() == before
    entries = AuditEntry.objects.filter(action__endswith="on their day").order_by("pk")
    told_of = [(one.actor, one.subject, one.action, one.details["people"]) for one in entries]
    assert told_of == [
        ("system", "sums", "identities deleted on their day", 2),
        ("system", "sums", "answers deleted on their day", 2),
    ]


def test_schedule_carries_it_out(panel, monkeypatch):
    with days_later(20):
        tasks.sweep()
    assert not Participant.objects.exists()


def test_who_came_in_behind_the_sweeper_goes_at_the_next_turn(panel):
    """A transaction may have begun before the day and end after it."""
    study = panel[0]
    with days_later(10):
        carry_out_retention()
    Walker(study, "late")
    with days_later(10):
        assert carry_out_retention() == 1
        assert carry_out_retention() == 0


@pytest.mark.parametrize("what, after, left", [("forget_identities", 10, 2), ("erase_participant", 20, 1)])
def test_killed_in_the_middle_it_goes_on(panel, monkeypatch, what, after, left):
    monkeypatch.setattr(retention, "PIECE", 1)
    act, calls = getattr(retention, what), []

    def killed_at_the_second(**given):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return act(**given)

    with days_later(after):
        with monkeypatch.context() as patched:
            patched.setattr(retention, what, killed_at_the_second)
            with pytest.raises(KeyboardInterrupt):
                carry_out_retention()
        assert Participant.objects.count() == left
        assert None in carried_out().values()
        carry_out_retention()
    assert not Identity.objects.exists()
    assert (after == 20) is not Participant.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_do_no_harm(transactional_db, make, monkeypatch):
    monkeypatch.setattr(retention, "PIECE", 3)
    study = make(settings=kept(), participants=12, overlap=20)
    for number in range(12):
        walker = Walker(study, f"p{number:02}")
        walker.submit(walker.unit())
    with days_later(20):
        results = at_once([carry_out_retention] * 3)
    assert not [one for one in results if isinstance(one, Exception)]
    assert not Participant.objects.exists()
    # Each person once.
    assert AuditEntry.objects.filter(action="participant erased").count() == 12
    for what in retention.DONE.values():
        assert AuditEntry.objects.filter(action=what, details__people__gte=0).exists()


def test_study_without_dates_keeps_everything(make):
    study = make()
    Walker(study, "ann")
    assert not RetentionDate.objects.exists()
    with days_later(3650):
        assert carry_out_retention() == 0
    assert Participant.objects.exists()


def test_imported_answers_go_on_their_day(db, tmp_path):
    from tests.releases.case import load, write_bundle

    folder = write_bundle(tmp_path / "tasks", protocol="difficulty")
    with (folder / "study.yaml").open("a") as file:
        file.write(f"retention: {{answers_until: {day(20)}}}\n")
    study = load(folder)
    assert study.state == Study.CLOSED
    assert Response.objects.exists()
    with days_later(20):
        assert carry_out_retention() > 10
    assert not Response.objects.exists()
    assert not Participant.objects.exists()


# What may be promised.


def test_day_that_is_not_to_come_refuses_opening(make):
    draft = make(open_now=False, settings=kept(answers=0, identities=None) | kept(-1, None))
    assert [reason for reason in why_not_open(draft) if "identities_until" in reason]
    with pytest.raises(Refusal, match=r"identities_until.* choose a later day"):
        open_study(study=draft, actor="test")
    tomorrow = draft.definition | kept(1, None)
    Study.objects.filter(pk=draft.pk).update(definition=tomorrow)
    assert open_study(study=Study.objects.get(), actor="test").state == Study.OPEN


@pytest.mark.parametrize("zone, now", [("UTC", 1), ("Pacific/Kiritimati", 2)])
def test_day_is_one_of_the_time_zone_of_the_settings(settings, monkeypatch, zone, now):
    settings.TIME_ZONE = zone
    monkeypatch.setattr(clock, "now", lambda: datetime(2031, 5, 1, 23, 30, tzinfo=UTC))
    assert today() == date(2031, 5, now)


def amended(study, **retention):
    study.refresh_from_db()
    return amend_study(study=study, definition=study.definition | kept(**retention), actor="test")


def test_amendment_may_not_postpone_what_was_promised_to_somebody(make):
    study = make(settings=kept(), participants=5)
    Walker(study, "early")
    amended(study, identities=30, answers=40)
    Walker(Study.objects.get(), "late")
    with days_later(20):
        carry_out_retention()
        assert [one.key for one in Participant.objects.all()] == ["late"]
        assert Study.objects.get().state == Study.OPEN
    with days_later(40):
        carry_out_retention()
    assert not Participant.objects.exists()


def test_amendment_to_an_earlier_day_holds_for_everybody(make):
    study = make(settings=kept(), participants=5)
    Walker(study, "early")
    amended(study, identities=2, answers=3)
    with days_later(3):
        carry_out_retention()
    assert not Participant.objects.exists()


def test_amendment_of_another_thing_keeps_a_day_that_has_come(make):
    study = make(settings=kept())
    with days_later(11):
        definition = Study.objects.get().definition | {"debrief": {"en": "Thanks."}}
        assert amend_study(study=study, definition=definition, actor="test").number == 2
        with pytest.raises(Refusal, match="identities_until"):
            amend_study(study=study, definition=definition | kept(-5, None), actor="test")


def test_version_from_before_these_days_is_served_without_any(make):
    study = make()
    (version,) = StudyVersion.objects.all()
    stored = {name: part for name, part in version.definition.items() if name != "retention"}
    StudyVersion.objects.update(definition=stored, definition_hash="0" * 64)
    Study.objects.update(definition=stored)
    ann = Visitor()
    ann.begin()
    ann.send(**RATED)
    assert Response.objects.count() == 1
    assert days_kept(Study.objects.get(pk=study.pk)) == []


# What is said.


@pytest.mark.parametrize(
    "locale, says",
    [
        ("en", ["our own words", "your answers are deleted here"]),
        ("es", ["our own words", "sus respuestas se eliminan de aquí"]),
        ("zh-Hans", ["our own words", "您的回答将从这里删除"]),
    ],
)
def test_consent_tells_the_days_in_the_persons_language(make, locale, says):
    from django.utils import translation
    from django.utils.formats import date_format

    information = {"retention": {"en": "In our own words."}}
    make(settings={"locales": ["en", "es", "zh-Hans"], "information": information, **kept()})
    ann = Visitor()
    ann.get("/join/sums/")
    form = ann.outer_form("language")
    page = ann.post(form.action, form.filled(language=locale))
    for one in says:
        assert one in page.words
    with translation.override(locale):
        for after in (10, 20):
            assert date_format(today() + timedelta(days=after)) in page.words
    # The copy says the same.
    ann.send(consent="1")
    copy = ann.get("/take/sums/consent/")
    for one in says:
        assert one in copy.words


def test_consent_tells_of_no_day_where_there_is_none(make):
    make()
    assert "deleted here" not in Visitor().get("/join/sums/").words


@pytest.fixture
def overview(make, admin_client):
    make(settings=kept(identities=20, answers=40))
    return lambda: admin_client.get("/research/studies/sums/").content.decode()


def test_workbench_shows_the_days_warns_before_and_tells_what_was_done(overview):
    page = overview()
    assert "Identities kept until" in page
    assert "Answers kept until" in page
    assert "approve and pay before" not in page
    with days_later(6):
        assert "In 14 days" in overview()
        assert "approve and pay before" in overview()
        assert "keep a copy" not in overview()
    with days_later(20):
        assert "Today" in overview()
        carry_out_retention()
        assert "approve and pay before" not in overview()
        assert "carried out" in overview()
