"""Runs: stored once for the same data and parameters, stale as soon as the data have moved on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db.models import Count, JSONField, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import JSONArray

from annotations.analysis.models import Figure, Run, RunTable
from annotations.catalogue.models import Grade, Output
from annotations.core import clock
from annotations.core.jobs.outbox import key_of
from annotations.core.models import Job
from annotations.responses.models import Exclusion, Response
from annotations.studies.freezing import loads_of
from annotations.studies.models import Axis, Study
from annotations.version import CODE_VERSION

BLOCK_ROWS = 500


@dataclass(frozen=True)
class Drawn:
    """A figure for light and for dark pages (SVG); its numbers stand in `table`, `alt` is what it shows."""

    name: str
    title: str
    table: str
    alt: str
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
    """A cheap summary that differs whenever rows that analyses read were added or taken away. One query."""
    outputs = Output.objects.filter(collection=study.collection_id, load__in=loads_of(study))
    found = (
        Study.objects.filter(pk=study.pk)
        .annotate(
            in_responses=_counted(Response.objects.filter(study=OuterRef("pk")), "study"),
            in_exclusions=_counted(
                Exclusion.objects.filter(response__study=OuterRef("pk")),
                "response__study",
                Count("revoked_at"),
            ),
            in_grades=_counted(Grade.objects.filter(output__in=outputs), "output__collection"),
            axis_hash=Axis.objects.filter(study=OuterRef("pk")).values("source_hash"),
        )
        .values("in_responses", "in_exclusions", "in_grades", "axis_hash")
        .get()
    )
    return {
        "definition": study.version.definition_hash if study.version else "",
        "responses": found["in_responses"] or [0, None, None],
        "exclusions": found["in_exclusions"] or [0, None, None, 0],
        "grades": (found["in_grades"] or [0, None, None]) if study.judges_outputs else [],
        "axis": found["axis_hash"] or "",
    }


def _counted(rows: QuerySet[Any], whole: str, *more: Count) -> Subquery:
    """The number of rows, the last one's key and the sum of the keys, as a list; `whole` is what all rows
    have in common. A key is given before its row is committed: without the sum, a row that appears below
    the last one, while another is erased, would change nothing.
    """
    summary = JSONArray(Count("pk"), Max("pk"), Sum("pk"), *more)
    found = rows.order_by().values(whole).annotate(found=summary)
    return Subquery(found.values("found"), output_field=JSONField())


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
        block for name, rows in outcome.tables.items() for block in table_blocks(run, name, rows)
    )
    Figure.objects.bulk_create(Figure(run=run, **vars(one)) for one in outcome.figures)
    return run


def table_blocks(run: Run, name: str, rows: list[dict[str, Any]]) -> Iterator[RunTable]:
    """The table as the database keeps it: blocks in the order of the rows, each of one group."""
    block = 0
    for group, found in groupby(rows, key=lambda row: row.get("group", "")):
        mine = list(found)
        for first in range(0, len(mine), BLOCK_ROWS):
            part = mine[first : first + BLOCK_ROWS]
            yield RunTable(run=run, name=name, block=block, group=group, size=len(part), rows=part)
            block += 1
    if not rows:
        yield RunTable(run=run, name=name, rows=[])


def latest_run(study: Study, kind: str) -> Run | None:
    """The run that a page shows: the one stored or confirmed last."""
    return Run.objects.filter(study=study, kind=kind).order_by("-confirmed_at", "-pk").first()


def is_stale(run: Run) -> bool:
    """Whether the data, the definition or the code have changed since."""
    return is_older(run, stamp_of(run.study))


def is_older(run: Run, stamp: dict[str, Any]) -> bool:
    """Whether the run is of other data or code than those of now, whose stamp is given."""
    return run.stamp != stamp or run.code_version != CODE_VERSION
