"""The tables and figures of a release that show what was found, as the runs keep them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from annotations.analysis.models import Figure, Run
from annotations.analysis.pipeline import applicable
from annotations.analysis.runs import Drawn, is_stale, latest_run
from annotations.analysis.tables import TABLE_COLUMNS
from annotations.core.errors import Refusal
from annotations.releases.contents import FIGURES
from annotations.releases.dictionary import columns_of
from annotations.releases.formats import Table
from annotations.releases.storage import text_hash
from annotations.studies.axis import borrow_axis
from annotations.studies.models import Axis, Study

PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


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
    axis = axis_of(study)
    given = {} if axis is None else {"difficulty": axis.difficulty, "calibration": axis.calibration}
    holders: dict[str, Run] = {}
    for run in reversed(runs):
        holders |= dict.fromkeys(run.tables.values_list("name", flat=True), run)
    for name, columns in TABLE_COLUMNS.items():
        if name in given:
            yield _table(name, columns, given[name])
        elif name in holders:
            yield _table(name, columns, holders[name].rows(name))


def _table(name: str, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> Table:
    return Table(name, columns_of(name, columns), (tuple(row[column] for column in columns) for row in rows))


def figures_of(runs: list[Run]) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """What the manifest says of each figure, and its files by name."""
    for run in runs:
        # Sorted here: the order of a database hangs on its collation.
        for figure in sorted(run.figures.all(), key=lambda figure: figure.name):
            yield figure_files(run.kind, figure)


def figure_files(kind: str, figure: Drawn | Figure) -> tuple[dict[str, str], dict[str, str]]:
    """What the manifest says of a figure of a run of this kind, and its files by name."""
    name = file_name(figure.name)
    files = {f"{FIGURES}/{name}.svg": figure.svg, f"{FIGURES}/{name}-dark.svg": figure.dark}
    drawn = {file: svg for file, svg in files.items() if svg}
    entry = {"run": kind, "title": figure.title, "table": figure.table}
    return entry | dict(zip(("file", "dark"), drawn, strict=False)), drawn


def file_name(name: str) -> str:
    """The figure's name where any disk takes it, else like it; different names stay different."""
    if PLAIN_NAME.fullmatch(name) and not name.endswith("-dark"):
        return name
    return re.sub(r"[^a-z0-9_-]+", "-", name.casefold()).strip("-")[:60] + "-" + text_hash(name)[:8]
