"""The job that makes room for more answers to the units of a large batch."""

from __future__ import annotations

from typing import Any

from annotations.core.errors import Refusal
from annotations.core.jobs.kinds import Context
from annotations.core.models import Job
from annotations.studies.extending import make_room, raise_overlap
from annotations.studies.models import Batch


def work(context: Context) -> None:
    batch, overlap = _of(context.job), context.job.params["overlap"]
    make_room(batch, overlap, lambda share: context.progress(share, "making room for more answers"))


def store(job: Job, outcome: None) -> dict[str, Any]:
    batch, overlap = _of(job), job.params["overlap"]
    raise_overlap(batch=batch, overlap=overlap, actor=job.params["actor"])
    return {"batch": batch.name, "overlap": overlap}


def _of(job: Job) -> Batch:
    batch = Batch.objects.filter(pk=job.params["batch"]).first()
    if batch is None:
        raise Refusal("The batch is not there any more.")
    return batch
