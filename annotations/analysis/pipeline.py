"""Wanting the analyses of a study: one job, whose parts are the stages of the analyses that apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction

from annotations.analysis.models import Draft
from annotations.core import audit
from annotations.core.errors import Refusal
from annotations.core.jobs import kinds
from annotations.core.jobs.kinds import Part
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job
from annotations.responses.declared import wants_applying
from annotations.responses.register import APPLY
from annotations.studies.definition.values import LARGEST_WHOLE
from annotations.studies.models import Study

if TYPE_CHECKING:
    from annotations.analysis.findings import Compute

KIND = "analysis"
POINTS, RESAMPLES, ENDING = "points", "resamples", "ending"
STAGES = (POINTS, RESAMPLES, ENDING)
MOST_RESAMPLES = 1_000_000


def _nothing(study: Study) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Analysis:
    """One analysis of the pipeline. `module` computes it (see `findings.Compute`) and is imported by
    workers alone; `given` reads what it takes from other studies or analyses."""

    name: str
    module: str
    applies: Callable[[Study], bool]
    given: Callable[[Study], dict[str, Any]] = _nothing

    def compute(self) -> Compute:
        return cast("Compute", import_module(self.module))


_analyses: dict[str, Analysis] = {}


def register_analysis(analysis: Analysis) -> None:
    """In the order in which they are to run: a later one may rest on an earlier one."""
    _analyses[analysis.name] = analysis


def known_analyses() -> list[str]:
    return sorted(_analyses)


def analysis_of(name: str) -> Analysis:
    return _analyses[name]


def applicable(study: Study) -> list[Analysis]:
    return [analysis for analysis in _analyses.values() if analysis.applies(study)]


def want_analysis(
    *,
    study: Study,
    wanted_by: str,
    only: tuple[str, ...] = (),
    resamples: int | None = None,
    seed: int | None = None,
) -> Job:
    """Ask for the study's analyses, or for those named in `only`. Raises Refusal if none applies."""
    if study.version is None:
        raise Refusal("The study has not opened yet: there is nothing to analyse.")
    chosen = [analysis for analysis in applicable(study) if not only or analysis.name in only]
    unknown = set(only) - set(_analyses)
    if unknown or not chosen:
        names = ", ".join(analysis.name for analysis in applicable(study))
        raise Refusal(f"Of the analyses asked for, none applies to this study: it has {names}.")
    if seed is not None and not 0 <= seed <= LARGEST_WHOLE:
        raise Refusal(f"The seed is a whole number from 0 to {LARGEST_WHOLE}.")
    if resamples is not None and not 0 <= resamples <= MOST_RESAMPLES:
        raise Refusal(f"The number of resamples is a whole number from 0 to {MOST_RESAMPLES}.")
    params: dict[str, Any] = {
        "study": study.pk,
        "resamples": study.definition["analysis"]["resamples"] if resamples is None else resamples,
        "seed": study.definition["seed"] if seed is None else seed,
    }
    with transaction.atomic():
        audit.record(
            actor=wanted_by,
            action="analysis wanted",
            subject=study.slug,
            only=[analysis.name for analysis in chosen],
        )
        return want_job(
            kind=KIND,
            subject=study.slug,
            params=params | {"only": [analysis.name for analysis in chosen]},
            wanted_by=wanted_by,
            parts=[*_exclusions(study), *_parts(chosen, params)],
        )


def _exclusions(study: Study) -> Iterator[Part]:
    """Before anything is read: what the declared rules leave out of the answers that are there now."""
    if wants_applying(study):
        yield Part(APPLY, {"study": study.pk}, 0)


def _parts(chosen: list[Analysis], params: dict[str, Any]) -> Iterator[Part]:
    """First and last stage of each; the first, which knows the data, asks for the resamples between."""
    for place, analysis in enumerate(chosen):
        for kind in (POINTS, ENDING):
            stage = 1 + place * len(STAGES) + STAGES.index(kind)
            yield Part(kind, params | {"analysis": analysis.name}, stage)


def _runs(job: Job, outcome: None) -> dict[str, Any]:
    endings = job.parts.filter(kind=ENDING).order_by("stage", "part")
    return {"runs": {part.params["analysis"]: part.result["run"] for part in endings}}


kinds.register(kinds.Kind(name=KIND, work=lambda context: None, store=_runs))
for _stage in STAGES:
    kinds.register_module(_stage, f"annotations.analysis.stages.{_stage}")


def drop_left_drafts() -> int:
    """They hold a row for each participant. Returns how many there were."""
    return Draft.objects.left().delete()[0]
