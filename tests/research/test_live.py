"""Jobs and workers as pages show them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from annotations.core import clock
from annotations.core.models import Job, WorkerBeat


@pytest.fixture
def seen(study, alice, as_user):
    client = as_user(alice)

    def fragment(name="live"):
        return client.get(reverse(f"research:{name}", args=[study.slug])).content.decode()

    return fragment


def job_of(study, state, **fields):
    return Job.objects.create(
        kind=fields.pop("kind", "analysis"), subject=study.slug, key="k", state=state, **fields
    )


def test_no_worker_is_said_on_every_page(seen, alice, as_user):
    assert "No background worker is running" in seen()
    assert "No background worker is running" in seen("overview")
    for name in ("studies", "banner", "collections"):
        content = as_user(alice).get(reverse(f"research:{name}")).content.decode()
        assert "No background worker is running" in content, name


def test_live_worker_is_not_worth_a_word(worker, seen, alice, as_user):
    assert "No background worker" not in seen()
    assert "No background worker" not in as_user(alice).get(reverse("research:banner")).content.decode()


def test_dead_worker_is_told_within_five_seconds_less_a_poll(worker, seen, settings):
    with clock.moved(timedelta(seconds=settings.WORKER_LOST_AFTER + 0.1)):
        assert "No background worker is running" in seen()
    assert settings.WORKER_LOST_AFTER + 0.8 < 5  # pages ask every 800 ms
    assert WorkerBeat.objects.exists()


def test_running_job_shows_progress_and_can_be_cancelled(study, worker, seen):
    job = job_of(study, Job.RUNNING, progress=0.42, message="resampling")
    content = seen()
    assert 'max="100" value="42"' in content
    assert "resampling" in content
    assert reverse("research:cancel", args=[study.slug, job.pk]) in content
    assert "You can leave this page" in content


def test_parent_is_as_far_as_its_parts(study, seen):
    parent = job_of(study, Job.WAITING)
    for part, (state, share) in enumerate([(Job.DONE, 1.0), (Job.RUNNING, 0.5), (Job.WAITING, 0.0)]):
        job_of(study, state, parent=parent, part=part, progress=share, kind="calibration")
    content = seen()
    assert "1 of 3 parts done" in content
    assert 'value="37"' in content
    assert content.count("<progress") == 1


def test_queued_job_waits_for_a_worker(study, seen):
    job_of(study, Job.QUEUED)
    assert "waits for a worker" in seen()


def test_failed_job_shows_its_reason_until_the_next(study, seen):
    job_of(study, Job.FAILED, error="no ratings <b>at all</b>", finished_at=clock.now())
    content = seen()
    assert "Analysis failed" in content
    assert "no ratings &lt;b&gt;at all&lt;/b&gt;" in content
    with clock.moved(timedelta(seconds=1)):
        job_of(study, Job.DONE, finished_at=clock.now())
    assert "failed" not in seen()


def test_failure_of_another_kind_stays(study, seen):
    job_of(study, Job.FAILED, kind="release", error="disk full", finished_at=clock.now())
    job_of(study, Job.DONE, finished_at=clock.now())
    assert "disk full" in seen()


def test_cancelled_job_is_said(study, seen):
    job_of(study, Job.CANCELLED, finished_at=clock.now())
    assert "was cancelled" in seen()


def test_version_changes_when_a_job_ends(study, seen):
    def version():
        return seen().partition('data-version="')[2].partition('"')[0]

    before = version()
    job = job_of(study, Job.RUNNING, progress=0.1)
    during = version()
    Job.objects.filter(pk=job.pk).update(progress=0.9)
    assert version() == during != before
    Job.objects.filter(pk=job.pk).update(state=Job.DONE, finished_at=clock.now())
    assert version() not in (before, during)


def test_page_refreshes_itself_without_scripts_only_while_work_runs(study, seen):
    assert 'http-equiv="refresh"' not in seen("results")
    job_of(study, Job.RUNNING)
    assert 'http-equiv="refresh"' in seen("results")


def test_viewer_cannot_cancel(study, bob, as_user):
    job_of(study, Job.RUNNING)
    content = as_user(bob).get(reverse("research:live", args=[study.slug])).content.decode()
    assert "<progress" in content
    assert "/cancel/" not in content
