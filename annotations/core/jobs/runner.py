"""Running one job row: claim, work, finish. Any process may call it; the claim lets one through."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from annotations.core import clock
from annotations.core.counters import swap
from annotations.core.errors import Refusal
from annotations.core.jobs import kinds
from annotations.core.jobs.outbox import send, send_after_commit
from annotations.core.models import Job

logger = logging.getLogger(__name__)


class Stopped(Exception):
    """The work is not wanted any more: cancelled, or taken over by another process."""


class RunContext:
    """The runner's side of `kinds.Context`."""

    def __init__(self, job: Job, claim: uuid.UUID) -> None:
        self.job = job
        self.claim = claim
        self._told_at = 0.0

    def progress(self, share: float, message: str = "") -> None:
        if time.monotonic() - self._told_at < 0.3 and share < 1:
            return
        self._told_at = time.monotonic()
        row = Job.objects.filter(pk=self.job.pk, claim=self.claim, state=Job.RUNNING, cancel_wanted=False)
        if not swap(row, progress=share, message=message[:200], beat_at=clock.now()):
            raise Stopped


class Beat(threading.Thread):
    """Keeps a running job's row fresh while its work computes."""

    def __init__(self, context: RunContext) -> None:
        super().__init__(daemon=True, name=f"beat-{context.job.pk}")
        self.context = context
        self.over = threading.Event()

    def run(self) -> None:
        try:
            while not self.over.wait(settings.JOB_LOST_AFTER / 5):
                try:
                    Job.objects.filter(pk=self.context.job.pk, claim=self.context.claim).update(
                        beat_at=clock.now()
                    )
                except Exception as error:
                    # A missed beat is no reason to end; the next one may get through.
                    logger.warning("no sign of life written for job %s: %s", self.context.job.pk, error)
                    connection.close()
        finally:
            connection.close()


def run_job(pk: Any) -> bool:
    """Run the job if it is still to be had. True if this process ran it, however it ended."""
    claim = uuid.uuid4()
    now = clock.now()
    if not swap(
        Job.objects.filter(pk=pk, state=Job.QUEUED, cancel_wanted=False),
        state=Job.RUNNING,
        claim=claim,
        attempts=F("attempts") + 1,
        started_at=now,
        beat_at=now,
        progress=0.0,
        error="",
    ):
        return False  # another process got there first
    context = RunContext(Job.objects.get(pk=pk), claim)
    beat = Beat(context)
    beat.start()
    try:
        kind = kinds.get(context.job.kind)
        outcome = kind.work(context)
        _finish(context, kind, outcome)
    except Stopped:
        _end(context, Job.CANCELLED, "cancelled")
    except Refusal as refusal:
        _end(context, Job.FAILED, str(refusal))
    except Exception as error:
        logger.exception("job %s (%s) broke", pk, context.job.kind)
        _retry(context, f"{type(error).__name__}: {error}")
    finally:
        beat.over.set()
        beat.join()
    return True


def _finish(context: RunContext, kind: kinds.Kind, outcome: Any) -> None:
    """Result, state and the parent's next step, in one transaction; nothing if the claim was lost."""
    with transaction.atomic():
        job = context.job
        parent = _locked_parent(job)
        mine = Job.objects.filter(pk=job.pk, claim=context.claim, state=Job.RUNNING, cancel_wanted=False)
        now = clock.now()
        if not swap(mine, state=Job.DONE, progress=1.0, message="", finished_at=now):
            raise Stopped
        result = kind.store(job, outcome)
        Job.objects.filter(pk=job.pk).update(result=result)
        if parent is not None:
            advance(parent)


def _locked_parent(job: Job) -> Job | None:
    """The parent's row, locked: of two parts that end at once, the second sees the first one's end."""
    if job.parent_id is None:
        return None
    return Job.objects.select_for_update().get(pk=job.parent_id)


def advance(parent: Job) -> None:
    """Queue the parent's next stage, or the parent itself once no part is left. Needs its row locked."""
    if parent.state != Job.WAITING:
        return
    left = parent.parts.unfinished()
    stages = list(left.order_by("stage").values_list("stage", "state"))
    if not stages:
        # Three attempts are three at the same work: what has come this far starts afresh.
        Job.objects.filter(pk=parent.pk, state=Job.WAITING).update(state=Job.QUEUED, attempts=0)
        transaction.on_commit(lambda: send(parent.pk))
        return
    stage = stages[0][0]
    waiting = left.filter(stage=stage, state=Job.WAITING)
    ready = list(waiting)
    waiting.update(state=Job.QUEUED)
    send_after_commit(ready)


def _retry(context: RunContext, reason: str) -> None:
    if context.job.attempts >= Job.MAX_ATTEMPTS:
        _end(context, Job.FAILED, reason)
        return
    mine = Job.objects.filter(pk=context.job.pk, claim=context.claim, state=Job.RUNNING)
    if swap(mine.filter(cancel_wanted=False), state=Job.QUEUED, claim=None, error=reason):
        send(context.job.pk)
        return
    _end(context, Job.CANCELLED, "cancelled")  # or it is another's by now, and this does nothing


def _end(context: RunContext, state: str, reason: str) -> None:
    with transaction.atomic():
        parent = _locked_parent(context.job)
        mine = Job.objects.filter(pk=context.job.pk, claim=context.claim, state=Job.RUNNING)
        if swap(mine, state=state, error=reason, finished_at=clock.now()) and parent is not None:
            end_parent(parent, state, reason)


def end_parent(parent: Job, state: str, reason: str) -> None:
    """A part that failed for good, or was cancelled, ends the whole."""
    now = clock.now()
    parent.parts.filter(state__in=(Job.QUEUED, Job.WAITING)).update(state=Job.CANCELLED, finished_at=now)
    parent.parts.filter(state=Job.RUNNING).update(cancel_wanted=True)
    Job.objects.filter(pk=parent.pk, state__in=Job.UNFINISHED).update(
        state=state, error=reason, finished_at=now
    )
