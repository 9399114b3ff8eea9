"""Seeing a job through to its end from a command, with or without a worker running."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db.models import Q

from annotations.core.jobs.runner import run_job
from annotations.core.jobs.sweeper import sweep_jobs
from annotations.core.models import Job


def drive(job: Job, *, tell: Callable[[Job], None] = lambda job: None) -> Job:
    """Run the job's rows here as they become free; wait for those that a worker has claimed."""
    while True:
        job.refresh_from_db()
        tell(job)
        if job.finished:
            return job
        queued = Job.objects.filter(Q(pk=job.pk) | Q(parent=job), state=Job.QUEUED).order_by("stage", "part")
        pk = queued.values_list("pk", flat=True).first()
        if pk is None or not run_job(pk):
            sweep_jobs()
            time.sleep(0.1)
