"""Reads the study and finds all that rests on no resamples; then asks for those."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from annotations.analysis.data import StudyData
from annotations.analysis.drafts import keep_draft
from annotations.analysis.findings import Findings, Fit
from annotations.analysis.frames import read_study
from annotations.analysis.pipeline import POINTS, RESAMPLES, analysis_of
from annotations.analysis.runs import stamp_of
from annotations.core.jobs import kinds
from annotations.core.jobs.outbox import add_parts, key_of
from annotations.core.models import Job
from annotations.studies.models import Study

# A part's refits should take a second or two: long enough to be worth a row, short enough to share.
PART_COST = 20_000_000
LEVEL_COST = 40
_kept: dict[str, StudyData] = {}


@dataclass(frozen=True)
class Found:
    findings: Findings
    stamp: dict[str, Any]
    fingerprint: str


def work(context: kinds.Context) -> Found:
    params = context.job.params
    study = Study.objects.select_related("version").get(pk=params["study"])
    analysis = analysis_of(params["analysis"])
    given = analysis.given(study)
    # Before the data: what arrives while they are read and counted makes the run stale.
    stamp = stamp_of(study)
    data = _data(study, stamp, context.job)
    context.progress(0.4, "points")
    drawn = {name: params[name] for name in ("seed", "resamples")}
    findings = analysis.compute().find(data, given | drawn)
    findings.params["resamples"] = params["resamples"]
    return Found(findings, stamp, data.fingerprint)


def store(job: Job, found: Found) -> dict[str, Any]:
    more = {"stamp": found.stamp, "fingerprint": found.fingerprint}
    keep_draft(job=job.whole, name=job.params["analysis"], findings=found.findings, more=more)
    parts = list(_parts(job, found.findings.fits))
    add_parts(parent=job.whole, parts=parts)
    return {"parts": len(parts)}


def _data(study: Study, stamp: dict[str, Any], job: Job) -> StudyData:
    """Read once for the analyses of one job that this process takes, as long as nothing has moved."""
    key = key_of(study.pk, stamp)
    data = _kept.pop(key, None) or read_study(study)
    _kept.clear()
    if job.whole.parts.filter(kind=POINTS, state=Job.WAITING).exists():
        _kept[key] = data
    return data


def _parts(job: Job, fits: list[Fit]) -> Iterator[kinds.Part]:
    """Part of the fits (a domain, say) x block of resamples, the same whoever works on them."""
    resamples = job.params["resamples"]
    costs: dict[str, int] = {}
    for fit in fits:
        cost = fit.levels.participants + LEVEL_COST * fit.levels.x.size
        costs[fit.part] = costs.get(fit.part, 0) + cost
    for part, cost in costs.items():
        size = max(1, min(resamples, PART_COST // max(cost, 1)))
        for first in range(0, resamples, size):
            params = job.params | {"part": part, "first": first, "count": min(size, resamples - first)}
            yield kinds.Part(RESAMPLES, params, job.stage + 1)
