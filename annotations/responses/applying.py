"""The job part that applies declared exclusions before an analysis reads the answers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from annotations.core.jobs.kinds import Context
from annotations.core.models import Job
from annotations.responses.declared import Applied, apply_declared
from annotations.studies.models import Study


def work(context: Context) -> Applied:
    study = Study.objects.select_related("version").get(pk=context.job.params["study"])
    return apply_declared(study, tell=lambda share: context.progress(share, "declared exclusions"))


def store(job: Job, applied: Applied) -> dict[str, Any]:
    return asdict(applied)
