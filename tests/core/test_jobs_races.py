"""Two processes at the same job at the same moment, on PostgreSQL: SQLite hides races."""

from __future__ import annotations

import contextlib
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from annotations.core import clock
from annotations.core.jobs import outbox, runner, sweeper
from annotations.core.jobs.kinds import Part
from annotations.core.models import Job
from tests.core.job_kinds import ACT, MERGE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
AT_ONCE = 6


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    told = []
    for module in (outbox, runner, sweeper):
        monkeypatch.setattr(module, "send", lambda pk: told.append(str(pk)))
    return told


@pytest.fixture
def want(tmp_path):
    def want(kind=ACT, *, parts=(), **params):
        params |= {"folder": str(tmp_path)}
        return outbox.want_job(kind=kind, subject="tests", params=params, wanted_by="tests", parts=parts)

    return want


def at_once(*acts):
    """Every act in a thread with a connection of its own; what they returned or raised."""
    barrier, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            barrier.wait(10)
            found[place] = act()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def works(folder):
    trace = folder / "trace"
    return trace.read_text().count("work") if trace.exists() else 0


def test_claim_lets_one_through(want, tmp_path):
    for number in range(5):
        job = want(say=str(number))
        ran = at_once(*[lambda job=job: runner.run_job(job.pk)] * AT_ONCE)
        assert sorted(ran) == [False] * (AT_ONCE - 1) + [True]
    assert works(tmp_path) == 5


def test_claim_without_comparison_lets_several_through(want, tmp_path, monkeypatch):
    """The control: looking first and writing then, as anybody would, overshoots."""

    def look_then_write(rows, /, **changes):
        found = list(rows)
        time.sleep(0.05)
        return bool(found) and Job.objects.filter(pk=found[0].pk).update(**changes) == 1

    monkeypatch.setattr(runner, "swap", look_then_write)
    job = want()
    at_once(*[lambda: runner.run_job(job.pk)] * AT_ONCE)
    assert works(tmp_path) > 1


def two_parts(want, tmp_path):
    return want(MERGE, parts=[Part(ACT, {"folder": str(tmp_path), "say": say}) for say in ("a", "b")])


def finish_at_once(job, monkeypatch, *, patience):
    """Either part, when it has looked at what is left of its parent, waits for the other before it commits."""
    both, advance = threading.Barrier(2), runner.advance

    def advance_and_meet(parent):
        advance(parent)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(patience)

    monkeypatch.setattr(runner, "advance", advance_and_meet)
    return at_once(*[lambda pk=part.pk: runner.run_job(pk) for part in job.parts.all()])


def test_parts_that_end_together_merge_once(want, tmp_path, sent, monkeypatch):
    job = two_parts(want, tmp_path)
    assert finish_at_once(job, monkeypatch, patience=1) == [True, True]
    job.refresh_from_db()
    assert job.state == Job.QUEUED
    assert sent.count(str(job.pk)) == 1
    assert runner.run_job(job.pk) is True
    job.refresh_from_db()
    assert job.result == {"parts": ["a", "b"]}
    assert (tmp_path / "trace").read_text().count("merge") == 1


def test_parts_that_end_together_without_the_lock_leave_the_parent_waiting(want, tmp_path, monkeypatch):
    """The control: both are in the middle of their ends at once, and neither sees the other's."""
    monkeypatch.setattr(runner, "_locked_parent", lambda job: Job.objects.get(pk=job.parent_id))
    job = two_parts(want, tmp_path)
    finish_at_once(job, monkeypatch, patience=20)
    job.refresh_from_db()
    assert job.state == Job.WAITING
    assert not job.parts.unfinished().exists()


def test_sweeper_moves_a_stuck_parent_on(want, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(runner, "_locked_parent", lambda job: Job.objects.get(pk=job.parent_id))
        job = two_parts(want, tmp_path)
        finish_at_once(job, patch, patience=20)
    at_once(sweeper.sweep_jobs, sweeper.sweep_jobs)
    job.refresh_from_db()
    assert job.state == Job.QUEUED


def test_two_sweepers_requeue_a_lost_job_once(want, sent):
    job = want()
    lost = clock.now() - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(
        state=Job.RUNNING, beat_at=lost, attempts=1, sent_at=lost, claim=job.pk
    )
    sent.clear()
    at_once(*[sweeper.sweep_jobs] * AT_ONCE)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.claim) == (Job.QUEUED, 1, None)
    # Its message may go out more than once (it runs once all the same); its attempt is counted once.
    assert str(job.pk) in sent
    assert sorted(at_once(*[lambda: runner.run_job(job.pk)] * 2)) == [False, True]
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.DONE, 2)


def test_cancelling_while_a_part_ends(want, tmp_path):
    """Neither waits for the other for ever, and nothing is left under way."""
    params = {"folder": str(tmp_path), "store_pause": 0.4}
    job = want(MERGE, parts=[Part(ACT, params, stage) for stage in (0, 1, 1)])
    # A row that was changed lies behind the others: who takes them in that order takes the parent last.
    Job.objects.filter(pk=job.pk).update(message="behind")
    (first,) = job.parts.filter(stage=0)

    def cancel():
        time.sleep(0.2)
        outbox.cancel_job(job)

    assert at_once(lambda: runner.run_job(first.pk), cancel) == [True, None]
    job.refresh_from_db()
    assert job.state == Job.CANCELLED
    assert not job.parts.unfinished().exists()


def test_same_work_wanted_at_once_is_one_job(want):
    jobs = at_once(*[lambda: want(say="same").pk] * AT_ONCE)
    assert len(set(jobs)) == 1
    assert Job.objects.count() == 1
