"""What the schedule does for jobs: send again what was dropped."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from annotations.core import clock
from annotations.core.counters import swap
from annotations.core.jobs.outbox import send
from annotations.core.jobs.runner import advance, end_parent
from annotations.core.models import Job

RESEND_AFTER = timedelta(seconds=30)
LOST = "the worker running it was lost {count} times"


def sweep_jobs() -> int:
    """Requeue jobs whose worker was lost, send unsent ones, move stuck parents on. Returns how many."""
    count = sum(_recover(job) for job in Job.objects.lapsed())
    limit = clock.now() - RESEND_AFTER
    unsent = Job.objects.filter(state=Job.QUEUED).filter(
        Q(sent_at__isnull=True, created_at__lt=clock.now() - timedelta(seconds=5)) | Q(sent_at__lt=limit)
    )
    for pk in list(unsent.values_list("pk", flat=True)):
        send(pk)
        count += 1
    for pk in Job.objects.filter(state=Job.WAITING, parent=None).values_list("pk", flat=True):
        with transaction.atomic():
            advance(Job.objects.select_for_update().get(pk=pk))
    return count


def _recover(job: Job) -> bool:
    # The beat is part of the comparison: a worker that was only slow, and has beaten since, keeps its job.
    # So is the wish to cancel it: what comes in between is seen at the next turn.
    lost = Job.objects.filter(
        pk=job.pk,
        state=Job.RUNNING,
        claim=job.claim,
        beat_at=job.beat_at,
        cancel_wanted=job.cancel_wanted,
    )
    with transaction.atomic():
        parent = Job.objects.select_for_update().get(pk=job.parent_id) if job.parent_id else None
        if job.cancel_wanted:
            return swap(lost, state=Job.CANCELLED, error="cancelled", finished_at=clock.now())
        if job.attempts < Job.MAX_ATTEMPTS:
            requeued = swap(lost, state=Job.QUEUED, claim=None)
            if requeued:
                transaction.on_commit(lambda: send(job.pk))
            return requeued
        reason = LOST.format(count=job.attempts)
        failed = swap(lost, state=Job.FAILED, error=reason, finished_at=clock.now())
        if failed and parent is not None:
            end_parent(parent, Job.FAILED, reason)
        return failed


def send_all_queued() -> int:
    """For a broker that starts empty: send every queued job."""
    pks = list(Job.objects.filter(state=Job.QUEUED).values_list("pk", flat=True))
    for pk in pks:
        send(pk)
    return len(pks)
