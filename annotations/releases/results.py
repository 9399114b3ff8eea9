"""The tables of a release that show what was found, as the runs keep them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from annotations.analysis.models import Run
from annotations.analysis.pipeline import applicable
from annotations.analysis.runs import is_stale, latest_run
from annotations.analysis.tables import (
    CALIBRATION_COLUMNS,
    DIFFICULTY_COLUMNS,
    RATES_COLUMNS,
    REGION_COLUMNS,
    SUPERVISION_COLUMNS,
)
from annotations.core.errors import Refusal
from annotations.releases.formats import Table
from annotations.studies.axis import borrow_axis
from annotations.studies.models import Axis, Study

RESULTS = {
    "difficulty": DIFFICULTY_COLUMNS,
    "calibration": CALIBRATION_COLUMNS,
    "supervision": SUPERVISION_COLUMNS,
    "supervision_rates": RATES_COLUMNS,
    "safe_region": REGION_COLUMNS,
}


def fresh_runs(study: Study) -> list[Run]:
    """A run of every analysis that applies, none of them stale. Raises Refusal, naming what is missing."""
    if study.version is None:
        raise Refusal("The study has not opened yet: there is nothing to release.")
    runs: list[Run] = []
    for analysis in applicable(study):
        run = latest_run(study, analysis.name)
        if run is None or is_stale(run):
            lacks = "was not run yet" if run is None else "is older than the data or the code"
            raise Refusal(f"The {analysis.name} of {study.slug} {lacks}: run `analyse {study.slug}` first.")
        runs.append(run)
    return runs


def axis_of(study: Study) -> Axis | None:
    """The borrowed axis by which the study's outputs were sorted, if one was."""
    return borrow_axis(study) if study.judges_outputs else None


def result_tables(study: Study, runs: list[Run]) -> Iterator[Table]:
    """A borrowed axis stands in `difficulty` and `calibration`, so that the release needs no other study."""
    found: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        for name, rows in run.tables.values_list("name", "rows"):
            found.setdefault(name, rows)
    axis = axis_of(study)
    if axis is not None:
        found |= {"difficulty": axis.difficulty, "calibration": axis.calibration}
    for name, columns in RESULTS.items():
        if name in found:
            yield Table(name, columns, _rows(found[name], columns))


def _rows(rows: Iterable[dict[str, Any]], columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield tuple(row[column] for column in columns)
