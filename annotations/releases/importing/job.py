"""The job kinds of checking and loading a staged file."""

from __future__ import annotations

from typing import Any

from annotations.catalogue.importing.models import Upload
from annotations.core.errors import Refusal
from annotations.core.jobs.kinds import Context
from annotations.core.models import Job
from annotations.releases.importing.running import run_check, run_load
from annotations.releases.importing.services import IMPORT_KIND
from annotations.studies.models import Study


def work(context: Context) -> dict[str, Any]:
    """The rows are published by the load itself, so that no lock is held for longer than that."""
    job = context.job
    upload = Upload.objects.filter(pk=job.params["upload"]).select_related("collection").first()
    if upload is None or upload.mapping != job.params["mapping"]:
        raise Refusal("The file was dropped, or its columns were mapped anew, before its turn came.")
    study = Study.objects.get(slug=job.subject)

    def tell(what: str, done: int, total: int) -> None:
        share = min(0.95, done / total) if total else 0.5
        context.progress(share, f"{upload.file_name}: {what}" + (f", {done:,}" if done else ""))

    if job.kind == IMPORT_KIND:
        report = run_load(upload, study, job.wanted_by, tell)
    else:
        report = run_check(upload, study, tell)
    return {"rows": report.rows, "problems": report.problems}


def store(job: Job, outcome: dict[str, Any]) -> dict[str, Any]:
    return outcome
