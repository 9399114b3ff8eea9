"""Jobs run by a real worker: the embedded broker with SQLite, a Redis-protocol server with PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from annotations.core import clock
from annotations.core.jobs import outbox
from annotations.core.jobs.kinds import Part
from annotations.core.models import Job
from tests.core.job_kinds import ACT, MERGE


def acts(house, *says, stage=0, **params):
    return [Part(ACT, {"folder": str(house.folder), "say": say, **params}, stage) for say in says]


def test_job_is_run(house):
    with house.worker(beat=False):
        job = house.until(house.want(say="hello"), Job.DONE)
    assert job.result == {"say": "hello"}
    assert (job.attempts, job.progress, job.error) == (1, 1.0, "")
    assert house.stored(job) == 1
    assert job.created_at <= job.started_at <= job.finished_at


def test_message_sent_thrice_runs_once(house):
    job = house.want(say="once")
    outbox.send(job.pk)
    outbox.send(job.pk)
    with house.worker(beat=False, concurrency=2):
        last = house.until(house.want(say="last"), Job.DONE)
        job.refresh_from_db()
    assert job.state == last.state == Job.DONE
    assert house.trace("work") == ["once", "last"]
    assert house.stored(job) == 1


def test_progress_is_seen_while_it_runs(house):
    with house.worker(beat=False):
        job = house.want(say="slow", gate="gate")
        house.wait(lambda: Job.objects.filter(pk=job.pk, progress=0.5, message="half way").exists())
        job.refresh_from_db()
        assert job.state == Job.RUNNING
        house.open("gate")
        house.until(job, Job.DONE)
    assert (job.progress, job.message) == (1.0, "")


def test_work_that_breaks_is_tried_again(house):
    with house.worker(beat=False):
        job = house.until(house.want(breaks=2), Job.DONE, Job.FAILED)
    assert (job.state, job.attempts) == (Job.DONE, 3)
    assert house.stored(job) == 1


def test_work_that_breaks_three_times_fails_with_the_reason(house):
    with house.worker(beat=False):
        job = house.until(house.want(breaks=99), Job.DONE, Job.FAILED)
    assert (job.state, job.attempts, job.error) == (Job.FAILED, 3, "ValueError: break 3")
    assert len(house.trace("work")) == 3
    assert house.stored(job) == 0


def test_refusal_fails_at_once(house):
    with house.worker(beat=False):
        job = house.until(house.want(refuse="There is nothing to do."), Job.DONE, Job.FAILED)
    assert (job.state, job.attempts, job.error) == (Job.FAILED, 1, "There is nothing to do.")


def test_store_that_breaks_leaves_no_half_result_and_is_tried_again(house):
    with house.worker(beat=False):
        job = house.until(house.want(store_breaks=2), Job.DONE, Job.FAILED)
    assert (job.state, job.attempts) == (Job.DONE, 3)
    assert len(house.trace("store")) == 3
    assert house.stored(job) == 1


def test_stages_run_one_after_another_and_the_parent_last(house):
    parts = [*acts(house, "a", "b", "c"), *acts(house, "d", "e", stage=1), *acts(house, "f", stage=5)]
    with house.worker(beat=False, concurrency=3):
        job = house.until(house.want(MERGE, parts=parts), Job.DONE, Job.FAILED)
    assert job.state == Job.DONE
    assert job.result == {"parts": ["a", "b", "c", "d", "e", "f"]}
    order = house.trace("work")
    assert (set(order[:3]), set(order[3:5]), order[5]) == ({"a", "b", "c"}, {"d", "e"}, "f")
    assert len(house.trace("merge")) == 1


def test_part_that_fails_ends_the_whole(house):
    parts = [
        *acts(house, "bad", refuse="No such thing."),
        *acts(house, "long", gate="never"),
        *acts(house, "later", stage=1),
    ]
    with house.worker(beat=False, concurrency=2):
        job = house.until(house.want(MERGE, parts=parts), Job.DONE, Job.FAILED)
        assert (job.state, job.error) == (Job.FAILED, "No such thing.")
        house.wait(lambda: not job.parts.unfinished().exists())
    states = [part.state for part in job.parts.order_by("stage", "part")]
    assert states == [Job.FAILED, Job.CANCELLED, Job.CANCELLED]
    assert "later" not in house.trace("work")
    assert house.trace("merge") == []


def test_cancel_what_is_queued_and_what_runs(house):
    with house.worker(beat=False, concurrency=1):
        running = house.want(say="running", gate="never")
        house.until(running, Job.RUNNING)
        queued = house.want(say="queued")
        outbox.cancel_job(queued)
        assert house.until(queued, Job.CANCELLED).finished_at
        outbox.cancel_job(running)
        house.until(running, Job.CANCELLED, timeout=10)
        # The worker is free again, and the message of the queued one comes to nothing.
        house.until(house.want(say="next"), Job.DONE)
    assert "queued" not in house.trace("work")
    assert house.stored(running) == house.stored(queued) == 0


def test_cancel_of_a_parent_ends_its_parts(house):
    parts = [*acts(house, "a", gate="never"), *acts(house, "b", stage=1)]
    with house.worker(beat=False):
        job = house.want(MERGE, parts=parts)
        house.wait(lambda: job.parts.filter(state=Job.RUNNING).exists())
        outbox.cancel_job(job)
        house.wait(lambda: not job.parts.unfinished().exists(), timeout=10)
        house.until(house.want(say="next"), Job.DONE)
    job.refresh_from_db()
    assert job.state == Job.CANCELLED
    assert {part.state for part in job.parts.all()} == {Job.CANCELLED}


def test_cancelled_work_that_then_breaks_is_cancelled(house):
    with house.worker(beat=False):
        job = house.want(gate="gate", silent=True, breaks_after_gate=True)
        house.until(job, Job.RUNNING)
        outbox.cancel_job(job)
        house.open("gate")
        house.until(job, Job.CANCELLED, Job.FAILED, timeout=10)
    assert (job.state, job.attempts) == (Job.CANCELLED, 1)


def test_slow_work_that_says_nothing_keeps_its_job(house):
    """Its process still beats, so the sweeper leaves it alone: JOB_LOST_AFTER is 2 s here."""
    with house.worker(concurrency=2):
        job = house.want(say="slow", gate="gate", silent=True)
        house.until(job, Job.RUNNING)
        house.wait(lambda: Job.objects.get(pk=job.pk).beat_at > job.started_at + timedelta(seconds=4))
        house.open("gate")
        house.until(job, Job.DONE)
    assert job.attempts == 1
    assert house.trace("work") == ["slow"]


def test_broker_that_was_emptied_gets_the_jobs_again(house):
    job = house.want(say="lost")
    house.empty_broker()
    Job.objects.filter(pk=job.pk).update(sent_at=clock.now() - timedelta(minutes=1))
    with house.worker():
        house.until(job, Job.DONE)
    assert house.trace("work") == ["lost"]


def test_emptied_broker_is_emptied(house):
    """The control of the test above: without the sweeper the job would wait for ever."""
    job = house.want(say="lost")
    house.empty_broker()
    with house.worker(beat=False):
        house.until(house.want(say="next"), Job.DONE)
        job.refresh_from_db()
    assert job.state == Job.QUEUED
