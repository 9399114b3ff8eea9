"""Archiving and deleting: undone by those who may, carried out when the days are over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from annotations.catalogue.autograding.models import GradingRun
from annotations.core import clock, suppression
from annotations.core.models import AuditEntry, Job
from annotations.people.models import Participant
from annotations.releases.removing import remove_deleted_studies
from annotations.responses.models import Response
from annotations.studies.models import Study
from annotations.studies.services import close_study
from annotations.studies.shelving import UNDO
from tests.research import rows

LATER = UNDO + timedelta(minutes=1)


@pytest.fixture
def closed(study, settings, tmp_path):
    settings.VAR = tmp_path
    rows.add_answers(study)
    close_study(study=study, actor="test")
    return study


def post(client, name, study, **asked):
    return client.post(reverse(f"research:{name}", args=[study.slug]), asked, follow=True).content.decode()


def listed(client, **query):
    return client.get(reverse("research:studies"), query).content.decode()


def test_archived_study_is_out_of_the_list_and_comes_back(closed, alice, as_user):
    client = as_user(alice)
    assert "in the archive" in post(client, "archive", closed)
    assert closed.slug not in listed(client)
    assert closed.slug in listed(client, show="archived")
    assert client.get(reverse("research:results", args=[closed.slug])).status_code == 200
    post(client, "unarchive", closed)
    assert closed.slug in listed(client)


def test_archived_draft_does_not_open_and_says_why(draft, alice, as_user):
    client = as_user(alice)
    post(client, "archive", draft)
    assert "The study is in the archive: take it out first" in post(client, "open", draft)
    checklist = client.get(reverse("research:setup-checklist", args=[draft.slug])).content.decode()
    assert "The study is in the archive: take it out first" in checklist
    assert Study.objects.get(pk=draft.pk).state == Study.DRAFT
    post(client, "unarchive", draft)
    post(client, "open", draft)
    assert Study.objects.get(pk=draft.pk).state == Study.OPEN


@pytest.mark.parametrize("name", ["archive", "delete"])
def test_running_study_is_neither_archived_nor_deleted(study, alice, as_user, name):
    said = post(as_user(alice), name, study, confirmation=study.slug)
    assert "The study is open: close it first" in said
    study.refresh_from_db()
    assert (study.archived_at, study.deleted_at) == (None, None)


def test_deletion_needs_the_name_typed(closed, alice, as_user):
    assert "Nothing was deleted" in post(as_user(alice), "delete", closed, confirmation="yes")
    assert Study.objects.visible().filter(pk=closed.pk).exists()


def test_deleted_study_is_nowhere_and_can_be_had_back(closed, alice, bob, as_user):
    client = as_user(alice)
    page = post(client, "delete", closed, confirmation=closed.slug)
    assert "Have it back" in page
    assert client.get(reverse("research:overview", args=[closed.slug])).status_code == 404
    assert closed.slug not in listed(client)
    assert Client().get(f"/join/{closed.slug}/").status_code == 404
    assert closed.slug not in as_user(bob).get(reverse("research:deleted")).content.decode()
    assert as_user(bob).post(reverse("research:restore", args=[closed.slug])).status_code == 404
    assert "The study is back" in post(client, "restore", closed)
    assert client.get(reverse("research:overview", args=[closed.slug])).status_code == 200
    assert Response.objects.filter(study=closed).exists()


def test_nothing_goes_before_the_days_are_over(closed, alice, as_user):
    post(as_user(alice), "delete", closed, confirmation=closed.slug)
    with clock.moved(UNDO - timedelta(minutes=1)):
        assert remove_deleted_studies() == 0
    assert Response.objects.filter(study=closed).exists()


def test_after_its_days_everything_of_it_is_gone(closed, draft, alice, as_user, tmp_path):
    release = rows.make_release(closed)
    folder = tmp_path / "releases" / release.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text("{}")
    Job.objects.create(kind="analysis", subject=closed.slug, key="k", state=Job.DONE)
    people = list(Participant.objects.filter(study=closed).values_list("key", flat=True))
    post(as_user(alice), "delete", closed, confirmation=closed.slug)
    with clock.moved(LATER):
        assert "are over" in post(as_user(alice), "restore", closed)
        assert remove_deleted_studies() == 1
        assert remove_deleted_studies() == 0
    assert not Study.objects.filter(pk=closed.pk).exists()
    assert not Participant.objects.filter(key__in=people).exists()
    assert not Job.objects.filter(subject=closed.slug).exists()
    assert not folder.exists()
    assert AuditEntry.objects.filter(action="deleted study removed", subject__startswith=closed.slug).exists()
    assert {suppression.digest_of(closed.slug, key) for key in people} <= suppression.remembered()
    assert Study.objects.filter(pk=draft.pk).exists(), "others on the same collection stay"
    assert draft.collection.loads.exists()


def test_draft_is_deleted_too(draft, alice, as_user, settings, tmp_path):
    settings.VAR = tmp_path
    post(as_user(alice), "delete", draft, confirmation=draft.slug)
    with clock.moved(LATER):
        assert remove_deleted_studies() == 1
    assert not Study.objects.filter(pk=draft.pk).exists()


def test_next_study_of_the_name_inherits_nothing(closed, alice, as_user):
    GradingRun.objects.create(
        collection=closed.collection, subject=closed.slug, grader="exact", grader_name="x"
    )
    post(as_user(alice), "delete", closed, confirmation=closed.slug)
    with clock.moved(LATER):
        remove_deleted_studies()
        again = rows.make_study(closed.slug, alice, collection=closed.collection)
    assert not GradingRun.objects.exists()
    log = as_user(alice).get(reverse("research:log", args=[again.slug])).content.decode()
    assert "study deleted" not in log
