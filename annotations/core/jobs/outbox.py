"""Wanting, sending and cancelling jobs."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterable
from typing import Any

import rfc8785
from celery import current_app
from django.db import transaction
from django.db.models import Q

from annotations.core import clock
from annotations.core.jobs import folder
from annotations.core.jobs.kinds import Part
from annotations.core.models import Job

logger = logging.getLogger(__name__)
folder.install()

RUN_TASK = "annotations.tasks.run_job"
SPARED = 4.0
_down_until = 0.0


def key_of(*parts: Any) -> str:
    """SHA-256 of the canonical JSON of the parts: equal work has equal keys."""
    return hashlib.sha256(rfc8785.dumps(list(parts))).hexdigest()


@transaction.atomic
def want_job(
    *, kind: str, subject: str, params: dict[str, Any], wanted_by: str, parts: Iterable[Part] = ()
) -> Job:
    """Write the job in the caller's transaction and send it after commit.

    If the same work is already under way, that job is returned and nothing is written.
    """
    parts = list(parts)
    job, created = Job.objects.get_or_create(
        kind=kind,
        key=key_of(kind, subject, params),
        state__in=Job.UNFINISHED,
        parent=None,
        defaults={
            "subject": subject,
            "params": params,
            "wanted_by": wanted_by,
            "state": Job.WAITING if parts else Job.QUEUED,
        },
    )
    if created:
        add_parts(parent=job, parts=parts)
        first = min((part.stage for part in parts), default=0)
        job.parts.filter(stage=first).update(state=Job.QUEUED)
        send_after_commit(Job.objects.filter(Q(pk=job.pk) | Q(parent=job), state=Job.QUEUED))
    return job


def add_parts(*, parent: Job, parts: Iterable[Part]) -> None:
    """Rows that wait for their stage. A running part may add some of later stages, in the transaction
    that ends it: then they come before the parent goes on."""
    numbered = parent.parts.count()
    Job.objects.bulk_create(
        Job(
            kind=part.kind,
            subject=parent.subject,
            key=key_of(part.kind, parent.subject, part.params),
            params=part.params,
            wanted_by=parent.wanted_by,
            parent=parent,
            stage=part.stage,
            part=number,
            state=Job.WAITING,
        )
        for number, part in enumerate(parts, start=numbered)
    )


def send_after_commit(jobs: Iterable[Job]) -> None:
    for pk in [job.pk for job in jobs]:
        transaction.on_commit(lambda pk=pk: send(pk))  # type: ignore[misc]


def send(pk: Any) -> None:
    """Tell the broker. If it cannot be told, the sweeper will try again: the row is the record.

    To find that it is down takes seconds, so whoever found it spares the next ones the trouble.
    """
    global _down_until
    if time.monotonic() < _down_until:
        return
    try:
        current_app.send_task(RUN_TASK, args=[str(pk)], retry=False)
    except Exception as error:
        # Any broker fault, of any transport, means the same here.
        _down_until = time.monotonic() + SPARED
        logger.warning("job %s could not be sent, the sweeper will: %s", pk, error)
        return
    Job.objects.filter(pk=pk).update(sent_at=clock.now())


@transaction.atomic
def cancel_job(job: Job) -> None:
    """Cancel what has not begun; ask what is running to stop at its next sign of progress."""
    # The parent first, as everyone does who then changes its parts: else two could wait for each other.
    Job.objects.select_for_update().get(pk=job.pk)
    tree = Job.objects.filter(Q(pk=job.pk) | Q(parent=job))
    # The wish first: from then on nothing of the tree goes back from running to queued.
    tree.unfinished().update(cancel_wanted=True)
    tree.filter(state__in=(Job.QUEUED, Job.WAITING)).update(state=Job.CANCELLED, finished_at=clock.now())
