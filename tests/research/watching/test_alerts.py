"""Alerts: raised once, mailed to who wants it, dismissed by each for themself, over when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from annotations.core import clock
from annotations.people.models import Enrolment
from annotations.research.watching import alarms
from annotations.responses.models import Response
from annotations.studies.models import Member, Study
from annotations.studies.watches import Alert, Watch
from tests.participation.kit import Walker


@pytest.fixture
def full(make, alice, bob):
    """Two places, and one person in; Alice owns the study, Bob may look."""
    study = make(protocol="supervision", participants=2)
    Member.objects.create(study=study, user=alice, role=Member.OWNER)
    Member.objects.create(study=study, user=bob, role=Member.VIEWER)
    Walker(study, "ann")
    return study


@pytest.fixture
def with_mail(settings):
    settings.MAIL_ON = True


def kinds():
    return sorted(Alert.objects.standing().values_list("kind", flat=True))


def later(look, **span):
    with clock.moved(timedelta(**span)):
        look()


def overview(client, study):
    return client.get(reverse("research:numbers", args=[study.slug])).content.decode()


def test_a_full_study_is_told_once_by_page_and_mail(full, looked, alice, as_user, with_mail):
    looked()
    assert kinds() == []
    Walker(full, "bob")
    for minutes in (1, 2, 3):
        later(looked, minutes=minutes)
    assert kinds() == ["study full"]
    assert "All places of the study are taken. 2 still at work." in overview(as_user(alice), full)
    assert sorted(one.to[0] for one in mail.outbox) == ["alice@example.org", "bob@example.org"]
    assert "All places of the study are taken" in mail.outbox[0].subject


def test_who_wants_no_mail_gets_none(full, looked, alice, bob, as_user, with_mail):
    address = reverse("research:alert-mail", args=[full.slug])
    page = as_user(bob).post(address, {}, follow=True).content.decode()
    assert "Alerts no longer come by mail" in page
    Walker(full, "bob")
    looked()
    assert [one.to for one in mail.outbox] == [["alice@example.org"]]
    assert (
        "Alerts come by mail too"
        in as_user(bob).post(address, {"by_mail": "1"}, follow=True).content.decode()
    )


def test_without_a_mail_server_pages_say_so(full, looked, alice, as_user):
    Walker(full, "bob")
    looked()
    assert mail.outbox == []
    page = as_user(alice).get(reverse("research:alerts", args=[full.slug])).content.decode()
    assert "alerts are shown on pages only" in page
    assert "All places of the study are taken" in page


def test_dismissed_by_one_it_is_shown_to_the_others(full, looked, alice, bob, as_user):
    Walker(full, "bob")
    looked()
    address = reverse("research:dismiss-alert", args=[full.slug, Alert.objects.get().pk])
    assert as_user(bob).get(address).status_code == 405
    as_user(bob).post(address)
    assert "All places" not in overview(as_user(bob), full)
    assert "All places" in overview(as_user(alice), full)
    later(looked, minutes=1)
    assert Alert.objects.count() == 1


def test_an_alert_of_another_study_is_not_there(full, make, looked, ada, charlie, as_user):
    other = make("other", protocol="supervision", settings={"collection": "other"})
    Walker(full, "bob")
    looked()
    pk = Alert.objects.get().pk
    assert as_user(ada).post(reverse("research:dismiss-alert", args=[other.slug, pk])).status_code == 404
    assert as_user(charlie).post(reverse("research:dismiss-alert", args=[full.slug, pk])).status_code == 404


def test_it_is_over_when_a_place_is_free_and_told_again_later(full, looked):
    bob = Walker(full, "bob")
    looked()
    from annotations.allocation.services import leave

    leave(enrolment=bob.enrolment)
    later(looked, minutes=1)
    assert kinds() == []
    Walker(full, "cid")
    later(looked, minutes=2)
    assert kinds() == ["study full"]
    assert Alert.objects.count() == 2


def test_nearly_full_batches_are_told_by_name(make, looked):
    study = make(protocol="supervision", participants=10, overlap=10)
    for number in range(9):
        Walker(study, f"p{number}")
    looked()
    assert Alert.objects.get().words == "The batch batch-0 is nearly full: 9 of 10 places."


def test_silence_is_told_only_while_places_are_free(walked, looked):
    later(looked, minutes=119)
    assert "pace stopped" not in kinds()
    later(looked, minutes=125)
    assert "pace stopped" in kinds()
    Response.objects.update(created_at=clock.now() + timedelta(minutes=125))
    later(looked, minutes=126)
    assert "pace stopped" not in kinds()


def test_a_worker_that_was_away_is_told_of_for_a_day(walked, looked):
    looked()
    later(looked, minutes=20)
    words = Alert.objects.get(kind="worker away").words
    assert words.startswith("No background worker was alive for about 20 minutes")
    later(looked, minutes=21)
    assert Alert.objects.filter(kind="worker away").count() == 1
    assert "worker away" in kinds()


def test_many_passages_that_end_early(walked, looked, monkeypatch):
    monkeypatch.setattr(alarms, "MANY_ENDED", 2)
    Enrolment.objects.filter(participant__key="ann").update(state=Enrolment.LAPSED)
    Enrolment.objects.filter(participant__key="cid").update(state=Enrolment.COMPLETED)
    looked()
    assert Alert.objects.get(kind="many lapse").words.startswith("1 of 3 passages ended before the last task")
    Enrolment.objects.update(state=Enrolment.COMPLETED)
    later(looked, minutes=1)
    assert "many lapse" not in kinds()
    Enrolment.objects.filter(participant__key="cid").update(state=Enrolment.ACTIVE)
    Enrolment.objects.filter(participant__key__in=["ann", "bob"]).update(state=Enrolment.COMPLETED)


def test_drafts_and_closed_studies_are_not_talked_about(full, looked):
    Study.objects.update(state=Study.CLOSED)
    looked()
    assert Alert.objects.count() == 0
    assert Watch.objects.count() == 1
    Watch.objects.all().delete()
    Study.objects.update(state=Study.DRAFT)
    looked()
    assert Watch.objects.count() == 0
