"""Who gets in: the same answer for what is forbidden and what is missing."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from annotations.catalogue.models import Collection
from annotations.core.models import AuditEntry
from annotations.studies.models import Study
from tests.research import rows

PAGES = ["overview", "live", "numbers", "batches", "people", "results", "releases"]
ACTS = ["open", "pause", "close", "analyse", "make-release"]


def everything_of(study):
    """The address of each page inside a study, with something behind it."""
    run = rows.make_run(study, "supervision", {"supervision": rows.supervision_rows({"": (3, 10)})})
    rows.make_release(study)
    figure = run.figures.get()
    return [
        *(reverse(f"research:{name}", args=[study.slug]) for name in PAGES),
        reverse("research:figure", args=[study.slug, figure.pk]),
        reverse("research:table", args=[study.slug, run.pk, "supervision"]),
        reverse("research:table-csv", args=[study.slug, run.pk, "supervision"]),
        reverse("research:release", args=[study.slug, 1]),
    ]


@pytest.fixture
def release_folder(settings, tmp_path):
    settings.VAR = tmp_path
    folder = tmp_path / "releases" / "sums-s2" / "1"
    folder.mkdir(parents=True)
    return folder


def test_owner_viewer_and_admin_get_in(study, alice, bob, ada, as_user, release_folder):
    for address in everything_of(study):
        for user in (alice, bob, ada):
            assert as_user(user).get(address).status_code == 200, (address, user)


def test_stranger_sees_the_same_as_for_a_study_that_is_not_there(study, charlie, as_user, release_folder):
    client = as_user(charlie)
    for address in everything_of(study):
        forbidden, missing = client.get(address), client.get(address.replace(study.slug, "no-such"))
        assert (forbidden.status_code, missing.status_code) == (404, 404), address
        assert forbidden.content == missing.content, address


def test_visitor_is_asked_to_log_in(study, client):
    for address in [reverse("research:studies"), reverse("research:collections"), *everything_of(study)]:
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={address}")


@pytest.mark.parametrize("name", ACTS)
def test_act_rejects_get(study, alice, as_user, name):
    assert as_user(alice).get(reverse(f"research:{name}", args=[study.slug])).status_code == 405
    study.refresh_from_db()
    assert study.state == Study.OPEN


@pytest.mark.parametrize("name", ACTS)
def test_viewer_and_stranger_cannot_act(study, bob, charlie, as_user, name):
    rows.add_answers(study)
    before = AuditEntry.objects.count()
    for user in (bob, charlie):
        assert as_user(user).post(reverse(f"research:{name}", args=[study.slug])).status_code == 404
    assert as_user(bob).post(reverse(f"research:{name}", args=["no-such"])).status_code == 404
    study.refresh_from_db()
    assert (study.state, AuditEntry.objects.count()) == (Study.OPEN, before)


def test_viewer_is_offered_no_act(study, alice, bob, as_user):
    address = reverse("research:overview", args=[study.slug])
    assert b"/pause/" in as_user(alice).get(address).content
    assert b"/pause/" not in as_user(bob).get(address).content


def test_act_without_csrf_token_is_refused_kindly(study, alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post(reverse("research:pause", args=[study.slug]))
    assert response.status_code == 403
    assert b"Please send that again" in response.content


def test_study_of_a_load_that_is_not_published_is_not_there(study, alice, as_user):
    study.load.published_at = None
    study.load.save()
    assert as_user(alice).get(reverse("research:overview", args=[study.slug])).status_code == 404


def test_job_of_another_study_cannot_be_cancelled(study, alice, as_user, collection):
    from annotations.core.models import Job

    job = Job.objects.create(kind="analysis", subject="somebody-elses", key="k")
    for pk in (job.pk, uuid.uuid4()):
        assert as_user(alice).post(reverse("research:cancel", args=[study.slug, pk])).status_code == 404
    job.refresh_from_db()
    assert not job.cancel_wanted


def test_collection_is_seen_by_those_with_a_study_on_it(study, alice, bob, charlie, ada, as_user):
    address = reverse("research:collection", args=["sums"])
    statuses = [as_user(user).get(address).status_code for user in (alice, bob, ada, charlie)]
    assert statuses == [200, 200, 200, 404]
    assert b"sums" in as_user(bob).get(reverse("research:collections")).content
    assert b"/sums/" not in as_user(charlie).get(reverse("research:collections")).content
    missing = as_user(charlie).get(reverse("research:collection", args=["no-such"]))
    assert missing.content == as_user(charlie).get(address).content


def test_collection_without_published_load_is_not_there(ada, as_user):
    collection = Collection.objects.create(name="half-loaded")
    rows.published_load(collection).delete()
    assert as_user(ada).get(reverse("research:collection", args=["half-loaded"])).status_code == 404
