"""The data as they are now, to look into: no release, kept for a day, gone at once with whoever withdraws."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from annotations.core import audit, clock
from annotations.core.errors import NotFound, Refusal
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job
from annotations.people.models import Participant
from annotations.studies.models import Study

KIND = "interim data"
KEPT = timedelta(days=1)


def root() -> Path:
    return Path(settings.VAR) / "interim"


def file_of(job: Job) -> Path:
    return root() / f"{job.pk}.zip"


@transaction.atomic
def want_interim(*, study: Study, wanted_by: str) -> Job:
    if study.version is None:
        raise Refusal("The study has not opened yet: there are no data to download.")
    audit.record(actor=wanted_by, action="interim data wanted", subject=study.slug)
    return want_job(kind=KIND, subject=study.slug, params={"study": study.pk}, wanted_by=wanted_by)


def access_interim(job: Job) -> Path:
    """The file, while it is to be had. Raises NotFound."""
    path = file_of(job)
    if job.kind != KIND or not _stands(job) or not path.is_file():
        raise NotFound("These data are not kept any more: ask for them again.")
    return path


def latest_interim(study: Study) -> Job | None:
    """The job whose file can be downloaded now, if there is one."""
    done = Job.objects.tops().filter(kind=KIND, subject=study.slug, state=Job.DONE)
    last = done.order_by("-finished_at").first()
    return last if last is not None and _stands(last) else None


def withdraw_interim(participant: Participant, reason: str) -> None:
    """Before a person is erased: no file that holds them is to be had from then on."""
    study = participant.study
    held = Job.objects.filter(kind=KIND, subject=study.slug, state=Job.DONE)
    for job in held:
        transaction.on_commit(partial(file_of(job).unlink, missing_ok=True))
    held.update(result={})


def drop_interim() -> int:
    """Files whose day is over, whose person withdrew, or that a dead process left. Returns how many."""
    for left in root().glob(".*"):
        if time.time() - left.stat().st_mtime <= KEPT.total_seconds():
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
    lying = {path: path.stem for path in root().glob("*.zip")}
    jobs = {str(job.pk): job for job in Job.objects.filter(kind=KIND)} if lying else {}
    count = 0
    for path, name in lying.items():
        job = jobs.get(name)
        if job is None or (job.finished and not _stands(job)):
            path.unlink(missing_ok=True)
            count += 1
    return count


def _stands(job: Job) -> bool:
    ended = job.finished_at
    return job.state == Job.DONE and bool(job.result) and ended is not None and ended > clock.now() - KEPT
