"""Puts the resamples together, draws, and stores the run."""

from __future__ import annotations

from typing import Any

from annotations.analysis.drafts import drop_draft, read_draft
from annotations.analysis.drawing import draw_all
from annotations.analysis.pipeline import RESAMPLES, analysis_of
from annotations.analysis.runs import Outcome, store_run
from annotations.analysis.stages.resamples import joined
from annotations.core.jobs import kinds
from annotations.core.models import Job
from annotations.studies.models import Study


def work(context: kinds.Context) -> Outcome:
    params = context.job.params
    name, whole = params["analysis"], context.job.whole
    definition = Study.objects.select_related("version").get(pk=params["study"]).definition
    findings, more = read_draft(job=whole, name=name)
    results = _resamples(whole, name).values_list("result", flat=True)
    compute = analysis_of(name).compute()
    compute.finish(findings, joined(results, len(findings.fits)))
    context.progress(0.3, "figures")
    return Outcome(
        kind=name,
        params=findings.params,
        stamp=more["stamp"],
        fingerprint=more["fingerprint"],
        seed=params["seed"],
        summary=findings.summary,
        warnings=findings.warnings,
        tables=findings.tables,
        figures=draw_all(compute.draw(findings, definition)),
    )


def store(job: Job, outcome: Outcome) -> dict[str, Any]:
    run = store_run(study=Study.objects.get(pk=job.params["study"]), outcome=outcome, job=job)
    drop_draft(job=job.whole, name=outcome.kind)
    _resamples(job.whole, outcome.kind).update(result={})
    return {"run": run.pk, "warnings": outcome.warnings}


def _resamples(whole: Job, name: str) -> Any:
    return whole.parts.filter(kind=RESAMPLES, params__analysis=name)
