"""Runs: stored once for the same data and parameters, stale as soon as the data have moved on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max

from annotations.analysis.models import Figure, Run, RunTable
from annotations.catalogue.models import Grade, Output
from annotations.core import clock
from annotations.core.jobs.outbox import key_of
from annotations.core.models import Job
from annotations.responses.models import Exclusion, Response
from annotations.studies.freezing import loads_of
from annotations.studies.models import Axis, Study
from annotations.version import CODE_VERSION


@dataclass(frozen=True)
class Drawn:
    """A figure for light and for dark pages (SVG); its numbers stand in `table`."""

    name: str
    title: str
    table: str
    svg: str
    dark: str


@dataclass
class Outcome:
    """What an analysis found, ready to be stored: tables with the columns of a release, and figures."""

    kind: str
    params: dict[str, Any]
    stamp: dict[str, Any]
    fingerprint: str
    seed: int
    summary: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    figures: list[Drawn] = field(default_factory=list)

    @property
    def key(self) -> str:
        return key_of(self.kind, self.params, self.fingerprint, self.seed, CODE_VERSION)


def stamp_of(study: Study) -> dict[str, Any]:
    """A cheap summary that differs whenever rows that analyses read were added or taken away. 4 queries."""
    responses = Response.objects.filter(study=study).aggregate(n=Count("pk"), last=Max("pk"))
    exclusions = Exclusion.objects.filter(response__study=study).aggregate(
        n=Count("pk"), last=Max("pk"), revoked=Count("revoked_at")
    )
    outputs = Output.objects.filter(collection=study.collection_id, load__in=loads_of(study))
    grades = Grade.objects.filter(output__in=outputs).aggregate(n=Count("pk"), last=Max("pk"))
    axis = Axis.objects.filter(study=study).values_list("source_hash", flat=True).first()
    return {
        "definition": study.version.definition_hash if study.version else "",
        "responses": [responses["n"], responses["last"]],
        "exclusions": [exclusions["n"], exclusions["last"], exclusions["revoked"]],
        "grades": [grades["n"], grades["last"]] if study.judges_outputs else [],
        "axis": axis or "",
    }


def store_run(*, study: Study, outcome: Outcome, job: Job | None) -> Run:
    """Store the outcome in the caller's transaction; the same outcome twice is stored once."""
    run, created = Run.objects.get_or_create(
        study=study,
        kind=outcome.kind,
        key=outcome.key,
        defaults={
            "params": outcome.params,
            "stamp": outcome.stamp,
            "fingerprint": outcome.fingerprint,
            "code_version": CODE_VERSION,
            "seed": outcome.seed,
            "job": job,
            "summary": outcome.summary,
            "warnings": outcome.warnings,
        },
    )
    if not created:
        # The same result; what it was found from may have moved and come back.
        run.stamp, run.job, run.confirmed_at = outcome.stamp, job, clock.now()
        run.save(update_fields=["stamp", "job", "confirmed_at"])
        return run
    RunTable.objects.bulk_create(
        RunTable(run=run, name=name, rows=rows) for name, rows in outcome.tables.items()
    )
    Figure.objects.bulk_create(
        Figure(run=run, name=one.name, title=one.title, table=one.table, svg=one.svg, dark=one.dark)
        for one in outcome.figures
    )
    return run


def latest_run(study: Study, kind: str) -> Run | None:
    """The run that a page shows: the one stored or confirmed last."""
    return Run.objects.filter(study=study, kind=kind).order_by("-confirmed_at", "-pk").first()


def is_stale(run: Run) -> bool:
    """Whether the data, the definition or the code have changed since."""
    return run.stamp != stamp_of(run.study) or run.code_version != CODE_VERSION
