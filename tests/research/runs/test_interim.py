"""The data as they are now: gathered by a worker, kept for a day, gone with whoever withdraws."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.urls import reverse

from annotations.core import clock
from annotations.core.jobs.runner import run_job
from annotations.core.models import AuditEntry, Job
from annotations.people.models import Participant
from annotations.releases import interim, interimjob
from annotations.responses.erasure import erase_participant
from tests.research import rows


@pytest.fixture
def answered(study, settings, tmp_path):
    settings.VAR = tmp_path
    rows.add_answers(study, people=2)
    return study


def gather(client, study):
    client.post(reverse("research:want-interim", args=[study.slug]))
    job = Job.objects.filter(kind=interim.KIND).latest("created_at")
    run_job(job.pk)
    job.refresh_from_db()
    return job


def download(client, study, job):
    return client.get(reverse("research:interim", args=[study.slug, job.pk]))


def test_tables_are_gathered_and_say_what_they_are(answered, alice, as_user):
    client = as_user(alice)
    job = gather(client, answered)
    assert job.state == Job.DONE, job.error
    page = client.get(reverse("research:releases", args=[answered.slug])).content.decode()
    assert f"/interim/{job.pk}.zip" in page
    response = download(client, answered, job)
    assert "no-store" in response["Cache-Control"]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert {"README.txt", "items.csv", "outputs.csv", "responses.csv", "participants.csv"} <= set(
        archive.namelist()
    )
    assert "This is no release" in archive.read("README.txt").decode()
    answers = archive.read("responses.csv").decode().splitlines()
    assert len(answers) == 1 + 4
    keys = Participant.objects.filter(imported=False).values_list("key", flat=True)
    assert not [key for key in keys if f"{key}," in archive.read("responses.csv").decode()]
    actions = AuditEntry.objects.filter(subject=answered.slug).values_list("action", flat=True)
    assert {"interim data wanted", "interim data downloaded"} <= set(actions)


def test_file_is_for_its_owner_alone_and_nothing_else_is_left(answered, alice, as_user):
    job = gather(as_user(alice), answered)
    assert [path.name for path in interim.root().iterdir()] == [f"{job.pk}.zip"]
    assert interim.file_of(job).stat().st_mode & 0o077 == 0


def test_viewers_and_strangers_get_none(answered, alice, bob, charlie, as_user):
    job = gather(as_user(alice), answered)
    for user in (bob, charlie):
        assert download(as_user(user), answered, job).status_code == 404
        assert as_user(user).post(reverse("research:want-interim", args=[answered.slug])).status_code == 404
    assert Job.objects.filter(kind=interim.KIND).count() == 1


def test_after_a_day_it_is_gone(answered, alice, as_user):
    job = gather(as_user(alice), answered)
    assert interim.drop_interim() == 0
    with clock.moved(interim.KEPT):
        assert download(as_user(alice), answered, job).status_code == 404
        assert interim.drop_interim() == 1
    assert not interim.file_of(job).exists()


def test_whoever_withdraws_takes_it_away(answered, alice, as_user, django_capture_on_commit_callbacks):
    job = gather(as_user(alice), answered)
    with django_capture_on_commit_callbacks(execute=True):
        erase_participant(participant=Participant.objects.first(), actor="test")
    assert not interim.file_of(job).exists()
    assert download(as_user(alice), answered, job).status_code == 404


def test_file_that_outlived_the_process_that_erased_is_swept(answered, alice, as_user):
    job = gather(as_user(alice), answered)
    erase_participant(participant=Participant.objects.first(), actor="test")  # its on_commit never runs here
    assert interim.file_of(job).exists()
    assert interim.drop_interim() == 1


def test_who_withdraws_while_it_is_gathered_is_not_in_it(answered, alice, as_user, monkeypatch):
    pack = interimjob._pack

    def then_somebody_goes(folder, target):
        pack(folder, target)
        erase_participant(participant=Participant.objects.first(), actor="test")

    monkeypatch.setattr(interimjob, "_pack", then_somebody_goes)
    job = gather(as_user(alice), answered)
    assert (job.state, "Somebody withdrew" in job.error) == (Job.FAILED, True)
    assert not interim.file_of(job).exists()


def test_draft_has_no_data(draft, alice, as_user):
    said = as_user(alice).post(reverse("research:want-interim", args=[draft.slug]), follow=True)
    assert "has not opened yet" in said.content.decode()


def test_other_jobs_are_no_files(answered, alice, as_user):
    job = Job.objects.create(kind="analysis", subject=answered.slug, key="k", state=Job.DONE, result={"a": 1})
    assert download(as_user(alice), answered, job).status_code == 404
