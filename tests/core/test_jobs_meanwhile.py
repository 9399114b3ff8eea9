"""A job that was read and then became another's is left to the other: what breaks, refuses, reports or sweeps."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from annotations.core import clock
from annotations.core.errors import Refusal
from annotations.core.jobs import kinds, outbox, runner, sweeper
from annotations.core.models import Job
from tests.core.job_kinds import ACT, store

pytestmark = pytest.mark.django_db
ANOTHER = uuid.uuid4()


@pytest.fixture
def comes_to(monkeypatch):
    """Runs a job that another process claims before `act` is done; nobody does without `claimed`."""

    def run(act, *, claimed=True):
        def work(context):
            if claimed:
                Job.objects.filter(pk=context.job.pk).update(claim=ANOTHER)
            return act(context)

        monkeypatch.setattr(kinds, "get", lambda name: kinds.Kind(name, work, store))
        job = outbox.want_job(kind=ACT, subject="tests", params={}, wanted_by="tests")
        assert runner.run_job(job.pk)
        job.refresh_from_db()
        return job

    return run


def breaks(_context):
    raise ValueError("broke")


def refuses(_context):
    raise Refusal("No.")


def reports(context):
    context.progress(0.5, "half way")


@pytest.mark.parametrize("act, otherwise", [(breaks, Job.QUEUED), (refuses, Job.FAILED), (reports, Job.DONE)])
def test_claim_of_another_is_left_alone(comes_to, act, otherwise):
    assert comes_to(act, claimed=False).state == otherwise
    job = comes_to(act)
    assert (job.state, job.claim, job.error, job.message) == (Job.RUNNING, ANOTHER, "", "")


@pytest.fixture
def lost(db):
    """As a sweeper reads it."""
    job = outbox.want_job(kind=ACT, subject="tests", params={}, wanted_by="tests")
    long_ago = clock.now() - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(state=Job.RUNNING, claim=ANOTHER, attempts=1, beat_at=long_ago)
    (read,) = Job.objects.lapsed()
    return read


def test_lost_job_is_put_back(lost):
    assert sweeper._recover(lost)
    assert Job.objects.get().state == Job.QUEUED


@pytest.mark.parametrize("meanwhile", [{"claim": uuid.uuid4()}, {"cancel_wanted": True}, {"beat_at": None}])
def test_job_that_moved_since_the_sweeper_read_it_is_left_to_the_next_turn(lost, meanwhile):
    if "beat_at" in meanwhile:
        meanwhile = {"beat_at": clock.now()}
    Job.objects.update(**meanwhile)
    assert not sweeper._recover(lost)
    assert Job.objects.get().state == Job.RUNNING
