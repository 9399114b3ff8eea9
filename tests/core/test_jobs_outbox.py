"""Wanting jobs: a row in the caller's transaction, a message after it."""

from __future__ import annotations

import pytest
from django.db import transaction

from annotations.core.jobs import outbox
from annotations.core.jobs.kinds import Part
from annotations.core.jobs.sweeper import send_all_queued, sweep_jobs
from annotations.core.models import Job
from tests.core.job_kinds import ACT, MERGE
from tests.core.jobs_case import celery_app

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch):
    """What the broker was told, instead of a broker."""
    told = []

    class Told:
        def send_task(self, name, args, retry):
            assert (name, retry) == (outbox.RUN_TASK, False)
            told.append(args[0])

    monkeypatch.setattr(outbox, "current_app", Told())
    monkeypatch.setattr(outbox, "_down_until", 0.0)
    return told


def want(kind=ACT, **params):
    return outbox.want_job(kind=kind, subject="tests", params=params, wanted_by="tests")


def test_it_is_sent_after_commit_and_not_before(sent):
    with transaction.atomic():
        job = want()
        assert (job.state, sent) == (Job.QUEUED, [])
    assert sent == [str(job.pk)]
    job.refresh_from_db()
    assert job.sent_at is not None


def test_rolled_back_it_leaves_neither_row_nor_message(sent):
    with transaction.atomic():
        want()
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert sent == []


def test_the_same_work_wanted_twice_is_one_job(sent):
    first = want(say="same")
    again = want(say="same")
    other = want(say="other")
    assert first.pk == again.pk != other.pk
    assert sent == [str(first.pk), str(other.pk)]


def test_work_that_is_over_can_be_wanted_again(sent):
    first = want(say="same")
    Job.objects.filter(pk=first.pk).update(state=Job.DONE)
    assert want(say="same").pk != first.pk


def test_only_the_first_stage_is_sent(sent):
    parts = [Part(ACT, {"say": say}, stage) for say, stage in (("b", 1), ("a", 0), ("c", 2))]
    job = outbox.want_job(kind=MERGE, subject="tests", params={}, wanted_by="tests", parts=parts)
    states = dict(job.parts.values_list("stage", "state"))
    assert (job.state, states) == (Job.WAITING, {0: Job.QUEUED, 1: Job.WAITING, 2: Job.WAITING})
    assert sent == [str(job.parts.get(stage=0).pk)]


def test_everything_queued_is_sent_to_a_new_broker(sent):
    jobs = [want(say=str(number)) for number in range(3)]
    Job.objects.filter(pk=jobs[2].pk).update(state=Job.DONE)
    sent.clear()
    assert send_all_queued() == 2
    assert set(sent) == {str(job.pk) for job in jobs[:2]}


def test_a_fresh_job_is_not_sent_twice_by_the_sweeper(sent):
    want()
    sent.clear()
    assert sweep_jobs() == 0
    assert sent == []


def test_broker_that_is_down_is_not_asked_for_every_job(monkeypatch):
    """With Redis away an attempt takes some six seconds, and a long job has many parts."""
    asked = []

    class Down:
        def send_task(self, name, args, retry):
            asked.append(args[0])
            raise ConnectionError("refused")

    monkeypatch.setattr(outbox, "current_app", Down())
    monkeypatch.setattr(outbox, "_down_until", 0.0)
    parts = [Part(ACT, {"say": str(number)}) for number in range(20)]
    job = outbox.want_job(kind=MERGE, subject="tests", params={}, wanted_by="tests", parts=parts)
    assert len(asked) == 1
    assert job.parts.filter(state=Job.QUEUED, sent_at=None).count() == 20
    monkeypatch.setattr(outbox, "SPARED", 0.0)
    monkeypatch.setattr(outbox, "_down_until", 0.0)
    assert send_all_queued() == 20
    assert len(asked) == 21


def test_row_stays_when_the_broker_is_down(house, tmp_path):
    """The sweeper sends it once the broker is there."""
    house_app = outbox.current_app
    if house.env["CELERY_BROKER_URL"].startswith("filesystem"):
        (tmp_path / "file").touch()
        down = celery_app(house.env, data_folder_out=str(tmp_path / "file"))
    else:
        down = celery_app({**house.env, "CELERY_BROKER_URL": "redis://127.0.0.1:1/0"})
    outbox.current_app = down
    job = house.want(say="hello")
    outbox.current_app = house_app
    job.refresh_from_db()
    assert (job.state, job.sent_at) == (Job.QUEUED, None)
    with house.worker():
        house.until(job, Job.DONE)
    assert house.trace("work") == ["hello"]
