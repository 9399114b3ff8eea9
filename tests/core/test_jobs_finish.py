"""What is stored at the end of a job is stored by whoever holds it then, and by nobody else."""

from __future__ import annotations

import uuid

import pytest

from annotations.core.jobs import kinds, outbox, runner
from annotations.core.models import AuditEntry, Job
from tests.core.job_kinds import ACT, store

pytestmark = pytest.mark.django_db
ANOTHER = uuid.uuid4()


@pytest.fixture
def ends(monkeypatch):
    """Runs a job whose row is changed by others after its work was done and before it is stored."""

    def run(**changes):
        def work(context):
            Job.objects.filter(pk=context.job.pk).update(**changes)
            return "too late"

        monkeypatch.setattr(kinds, "get", lambda name: kinds.Kind(name, work, store))
        job = outbox.want_job(kind=ACT, subject="tests", params={}, wanted_by="tests")
        assert runner.run_job(job.pk)
        job.refresh_from_db()
        return job, AuditEntry.objects.filter(action="stored").count()

    return run


def test_job_that_nobody_touched_is_stored(ends):
    """The control: the same set-up stores when nothing is changed."""
    job, stored = ends(message="seen")
    assert (job.state, job.result, stored) == (Job.DONE, {"say": "too late"}, 1)


def test_job_that_another_claimed_stores_nothing(ends):
    job, stored = ends(claim=ANOTHER)
    assert (job.state, job.claim, job.result, stored) == (Job.RUNNING, ANOTHER, {}, 0)


def test_job_that_was_ended_stores_nothing(ends):
    job, stored = ends(state=Job.FAILED, error="the whole failed")
    assert (job.state, job.error, job.result, stored) == (Job.FAILED, "the whole failed", {}, 0)


def test_job_that_is_not_wanted_any_more_stores_nothing(ends):
    job, stored = ends(cancel_wanted=True)
    assert (job.state, job.result, stored) == (Job.CANCELLED, {}, 0)
