"""The job that prepares a large batch. It is published by the transaction that ends the job."""

from __future__ import annotations

from typing import Any

from annotations.core.errors import Refusal
from annotations.core.jobs.kinds import Context
from annotations.core.models import Job
from annotations.studies.adding import discard_batch, prepare_batch, publish_batch
from annotations.studies.models import Batch

GONE = "The batch is not being prepared any more."


def work(context: Context) -> int:
    batch = _of(context.job)
    try:
        prepare_batch(batch, lambda share: context.progress(share, "storing units"))
    except Refusal:
        discard_batch(batch)
        raise
    return batch.pk


def store(job: Job, outcome: int) -> dict[str, Any]:
    batch = _of(job)
    publish_batch(batch=batch, actor=job.params["actor"])
    return {"batch": batch.name}


def _of(job: Job) -> Batch:
    waiting = Batch.objects.select_related("study__version")
    batch = waiting.filter(pk=job.params["batch"], state=Batch.PREPARING).first()
    if batch is None:
        raise Refusal(GONE)
    return batch
