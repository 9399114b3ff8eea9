"""Wanting the analyses of a study: one job, whose parts are the analyses that apply to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from annotations.core import audit
from annotations.core.errors import Refusal
from annotations.core.jobs import kinds
from annotations.core.jobs.kinds import Part
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job
from annotations.studies.definition.values import LARGEST_WHOLE
from annotations.studies.models import Study

KIND = "analysis"
MOST_RESAMPLES = 1_000_000


@dataclass(frozen=True)
class Analysis:
    """One analysis of the pipeline: the job kind of the same name, its stage, and whether it applies."""

    name: str
    stage: int
    applies: Callable[[Study], bool]


_analyses: dict[str, Analysis] = {}


def register_analysis(analysis: Analysis) -> None:
    _analyses[analysis.name] = analysis


def known_analyses() -> list[str]:
    return sorted(_analyses)


def applicable(study: Study) -> list[Analysis]:
    return sorted(
        (analysis for analysis in _analyses.values() if analysis.applies(study)),
        key=lambda analysis: analysis.stage,
    )


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
            parts=[Part(analysis.name, params, analysis.stage) for analysis in chosen],
        )


kinds.register(
    kinds.Kind(
        name=KIND,
        work=lambda context: None,
        store=lambda job, outcome: {
            "runs": {part.kind: part.result.get("run") for part in job.parts.order_by("stage", "part")}
        },
    )
)
