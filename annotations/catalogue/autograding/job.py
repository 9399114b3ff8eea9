"""The job kind of a run of a grader: marks, or records, whichever is its turn."""

from __future__ import annotations

from typing import Any

from annotations.catalogue.autograding.models import GradingRun
from annotations.catalogue.autograding.services import mark_run, record_run
from annotations.core.errors import Refusal
from annotations.core.jobs.kinds import Context
from annotations.core.models import Job


def work(context: Context) -> dict[str, Any]:
    run = GradingRun.objects.filter(pk=context.job.params["run"]).first()
    if run is None or not run.subject:
        raise Refusal("The run was dropped before its turn came.")
    if run.state == GradingRun.MARKING:
        mark_run(run, context.progress)
    elif run.state == GradingRun.RECORDING:
        record_run(run, context.progress)
    return dict(run.counts)


def store(job: Job, outcome: dict[str, Any]) -> dict[str, Any]:
    return outcome
