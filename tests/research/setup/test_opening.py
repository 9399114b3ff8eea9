"""Before it opens, and how: the checklist, walks through the preview, opening at once or as a job."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.catalogue.models import Grade
from annotations.core.jobs.runner import run_job
from annotations.core.models import AuditEntry, Job
from annotations.studies import opening
from annotations.studies.history import PreviewWalk
from annotations.studies.models import Batch, Study, Unit
from tests.participation.whole import Guide
from tests.research.setup.forms import Setup


@pytest.fixture
def client(alice, as_user):
    return as_user(alice)


@pytest.fixture
def checklist(client, draft):
    def read():
        response = client.get(reverse("research:setup-checklist", args=[draft.slug]))
        assert response.status_code == 200
        return response.content.decode()

    return read


def stored():
    return Study.objects.get(slug="draft")


def test_sound_draft_may_open_and_is_told_what_is_advised(checklist):
    page = checklist()
    assert "Open it all the same" in page
    assert "Every output that counts is graded." in page
    assert "Complete in en." in page
    assert "12 units, 24 answers in all; 5 people give 15." in page
    assert "Nobody has walked through it in en" in page


def test_outputs_without_a_grade_are_counted(checklist):
    Grade.objects.filter(pk__in=list(Grade.objects.values_list("pk", flat=True)[:2])).delete()
    assert "2 of 12 outputs have no grade" in checklist()


def test_texts_that_are_missing_in_a_language_are_named(checklist, client, draft):
    page = Setup(client, draft, "questions")
    page.send(act="add:questions")
    page.send(questions__0__text__en="Why?")
    Setup(client, draft, "basics").send(locales="en\nes")
    words = checklist()
    assert "`questions.0.text` is not there in es" in words
    assert "/setup/questions/?open=questions.0#questions-0" in words


def test_batch_without_units_and_one_with_too_few(checklist, client, draft):
    page = Setup(client, draft, "batches")
    page.send(batches__0__participants="500")
    assert "There is not enough for so many" in checklist()
    page.send(batches__0__units__system="no-such")
    assert "It would have no unit" in checklist()
    assert "It cannot open yet" in checklist()


def test_what_stands_in_the_way_leads_to_where_it_is_mended(checklist, draft):
    draft.definition["batches"] = []
    draft.save()
    words = checklist()
    assert "It has no batch" in words
    assert "/setup/batches/" in words
    assert "It cannot open yet" in words


def test_empty_collection_leads_to_the_import(client):
    client.post("/research/new/", {"title": "Bare", "start": "supervision"})
    words = client.get(reverse("research:setup-checklist", args=["bare"])).content.decode()
    assert "There are none: import some." in words
    assert "/research/studies/bare/import/" in words


def test_check_that_the_provider_forbids_is_refused_and_listed(checklist, client, draft):
    page = Setup(client, draft, "steps")
    page.send(act="add:steps", added="comprehension")
    values = {
        "text.en": "Well?",
        "options.0.value": "y",
        "options.1.value": "n",
        "right": "y",
        "name": "well",
    }
    page.send(
        **{f"steps.4.questions.0.{name}": value for name, value in values.items()}, steps__4__attempts="1"
    )
    assert stored().definition["steps"][4]["attempts"] == 1
    recruitment = Setup(client, draft, "recruitment")
    recruitment.send(recruitment__provider="prolific")
    assert "2 attempts or more" in recruitment.words
    assert stored().definition["recruitment"]["provider"] == "open"
    Study.objects.update(definition=stored().definition | {"recruitment": {"provider": "prolific"}})
    assert "turned away at the first attempt" in checklist()


def test_walk_is_remembered_until_what_people_see_changes(db, tmp_path, alice, as_user, checklist, draft):
    client = as_user(alice)
    address = f"/take/{draft.slug}/preview/"
    guide = Guide(slug=draft.slug, client=client)
    page = guide.get(address)
    for _ in range(40):
        if page.step == "exit":
            break
        page = guide.go_on()
    assert page.step == "exit"
    walk = PreviewWalk.objects.get()
    assert (walk.locale, walk.walked_by, walk.revision) == ("en", "alice@example.org", 1)
    assert "Walked through by alice@example.org" in checklist()
    Setup(client, draft, "analysis").send(analysis__bins="5")
    assert "Walked through by" in checklist()
    Setup(client, draft, "texts").send(consent__en="Other.")
    assert "Nobody has walked through it in en" in checklist()


def test_jumping_to_the_end_is_no_walk(draft, client):
    client.get(f"/take/{draft.slug}/preview/?step=exit", follow=True)
    client.get(f"/take/{draft.slug}/preview/?step=debrief", follow=True)
    guide = Guide(slug=draft.slug, client=client)
    guide.get(f"/take/{draft.slug}/preview/")
    assert guide.go_on().step == "exit"
    assert not PreviewWalk.objects.exists()


def test_small_study_opens_at_once(draft, client):
    client.post(reverse("research:open", args=[draft.slug]))
    assert stored().state == Study.OPEN
    assert not Job.objects.exists()


def test_draft_that_was_changed_since_the_checklist_is_not_opened(draft, client):
    Setup(client, draft, "basics").send(title="Other")
    address = reverse("research:open", args=[draft.slug])
    response = client.post(address, {"revision": "1"}, follow=True)
    assert "Look through it again" in response.content.decode()
    assert stored().state == Study.DRAFT
    client.post(address, {"revision": "2"})
    assert stored().state == Study.OPEN


@pytest.fixture
def large(monkeypatch, draft):
    monkeypatch.setattr(opening, "AT_ONCE", 5)
    return draft


def test_large_study_opens_as_a_job(large, client, worker):
    client.post(reverse("research:open", args=[large.slug]))
    assert stored().state == Study.DRAFT
    job = Job.objects.get()
    assert (job.kind, job.subject) == ("open", "draft")
    client.post(reverse("research:open", args=[large.slug]))
    assert Job.objects.count() == 1
    page = client.get(reverse("research:overview", args=[large.slug])).content.decode()
    assert "Opening" in page
    assert run_job(job.pk)
    study = stored()
    assert (study.state, study.version.definition) == (Study.OPEN, study.definition)
    assert Unit.objects.filter(batch__study=study).count() == 12
    assert AuditEntry.objects.get(action="study opened").actor == "alice@example.org"


def test_draft_that_was_changed_while_it_opens_stays_a_draft(large, client, monkeypatch):
    client.post(reverse("research:open", args=[large.slug]))
    prepare = opening.prepare_opening

    def meanwhile(*args):
        prepared = prepare(*args)
        Setup(client, large, "basics").send(title="Other")
        return prepared

    monkeypatch.setattr(opening, "prepare_opening", meanwhile)
    job = Job.objects.get()
    assert run_job(job.pk)
    job.refresh_from_db()
    assert job.state == Job.FAILED
    assert "was changed while it was being opened" in job.error
    assert (stored().state, stored().title) == (Study.DRAFT, "Other")
    assert not Batch.objects.filter(state=Batch.OPEN).exists()


def test_large_study_with_something_in_the_way_wants_no_job(large, client):
    large.definition["batches"] = []
    large.save()
    response = client.post(reverse("research:open", args=[large.slug]), follow=True)
    assert "It has no batch" in response.content.decode()
    assert not Job.objects.exists()


def test_queries_of_the_checklist_stay_few(draft, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        client.get(reverse("research:setup-checklist", args=[draft.slug]))
