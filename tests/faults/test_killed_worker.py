"""Workers that are killed, by SIGKILL to the whole process group, as by a power cut."""

from __future__ import annotations

from annotations.core.jobs.kinds import Part
from annotations.core.models import Job
from tests.core.job_kinds import ACT, MERGE


def test_job_is_done_after_restart(house):
    with house.worker() as worker:
        job = house.want(say="slow", gate="gate")
        house.until(job, Job.RUNNING)
        house.wait(lambda: house.trace("work") == ["slow"])
        worker.kill()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.RUNNING, 1)
    house.open("gate")
    with house.worker():
        house.until(job, Job.DONE)
    assert job.attempts == 2
    assert house.trace("work") == ["slow", "slow"]
    assert house.stored(job) == 1


def test_three_losses_are_a_failure_with_the_reason(house):
    job = house.want(say="deadly", gate="never")
    for attempt in (1, 2, 3):
        with house.worker() as worker:
            house.wait(lambda attempt=attempt: len(house.trace("work")) == attempt)
            worker.kill()
    with house.worker():
        house.until(job, Job.FAILED, Job.DONE)
    assert (job.attempts, job.error) == (3, "the worker running it was lost 3 times")
    assert house.trace("work") == ["deadly"] * 3


def test_part_lost_in_the_middle_of_a_long_job(house):
    """What the other parts did stays done; attempts are counted for each part by itself."""
    parts = [Part(ACT, {"folder": str(house.folder), "say": "a"}, 0)]
    parts += [Part(ACT, {"folder": str(house.folder), "say": "b", "gate": "gate"}, 1)]
    parts += [Part(ACT, {"folder": str(house.folder), "say": "c"}, 2)]
    job = house.want(MERGE, parts=parts)
    with house.worker() as worker:
        house.wait(lambda: house.trace("work") == ["a", "b"])
        worker.kill()
    house.open("gate")
    with house.worker():
        house.until(job, Job.DONE, Job.FAILED)
    assert (job.state, job.result) == (Job.DONE, {"parts": ["a", "b", "c"]})
    assert [part.attempts for part in job.parts.order_by("stage")] == [1, 2, 1]
    assert house.trace("work") == ["a", "b", "b", "c"]


def test_part_lost_three_times_ends_the_whole(house):
    parts = [Part(ACT, {"folder": str(house.folder), "say": "a", "gate": "never"}, 0)]
    parts += [Part(ACT, {"folder": str(house.folder), "say": "b"}, 1)]
    job = house.want(MERGE, parts=parts)
    # Two losses are in the past; the third happens.
    job.parts.filter(stage=0).update(attempts=2)
    with house.worker() as worker:
        house.wait(lambda: house.trace("work") == ["a"])
        worker.kill()
    with house.worker():
        house.until(job, Job.FAILED, Job.DONE)
    assert (job.state, job.error) == (Job.FAILED, "the worker running it was lost 3 times")
    assert [part.state for part in job.parts.order_by("stage")] == [Job.FAILED, Job.CANCELLED]
