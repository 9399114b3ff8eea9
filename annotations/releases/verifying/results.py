"""The result tables of a release, and how they compare with tables that were computed again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import RATERS_COLUMNS, TABLE_COLUMNS
from annotations.releases.formats import Column, Kind
from annotations.releases.formats.registry import Batch
from annotations.releases.raters import RATERS
from annotations.releases.verifying.lines import Lines
from annotations.releases.verifying.numbers import different
from annotations.releases.verifying.report import Report, quoted
from annotations.releases.writing import tidy

COLUMNS = TABLE_COLUMNS | {RATERS: RATERS_COLUMNS}


@dataclass
class Results:
    """Sees the tables pass and keeps the result tables by columns."""

    folder: Path
    columns: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    values: dict[str, Batch] = field(default_factory=dict)

    def see(self, table: str, columns: tuple[Column, ...], batch: Batch) -> None:
        if table not in COLUMNS:
            return
        self.columns[table] = columns
        known = self.values.setdefault(table, [[] for _ in columns])
        for own, new in zip(known, batch, strict=True):
            own += new

    def rows(self, table: str) -> Rows:
        """As a run keeps them."""
        blank = ["" if column.kind is Kind.TEXT else None for column in self.columns.get(table, ())]
        names = [column.name for column in self.columns.get(table, ())]
        return [
            {
                name: none if cell is None else cell
                for name, none, cell in zip(names, blank, cells, strict=True)
            }
            for cells in zip(*self.values.get(table, []), strict=True)
        ]

    def compare(self, table: str, rows: Rows, report: Report) -> None:
        """Same columns, same rows in the same order, same texts, and numbers to 1e-9."""
        file = f"{table}.csv"
        if table not in self.values:
            if rows:
                report.differ(file, f"is missing: computed again, it has {len(rows):,} rows")
            return
        report.compared["tables"] += 1
        columns, values = self.columns[table], self.values[table]
        if tuple(column.name for column in columns) != COLUMNS[table]:
            report.differ(file, "its columns are in another order than those of a release", line=1)
        if len(values[0]) != len(rows):
            report.differ(file, f"has {len(values[0]):,} rows; computed again, it has {len(rows):,}")
        common = min(len(values[0]), len(rows))
        lines = Lines(self.folder / file)
        for column, released in zip(columns, values, strict=True):
            computed = tidy(column.kind, (row[column.name] for row in rows[:common]))
            report.compared["texts" if column.kind is Kind.TEXT else "numbers"] += common
            _compare(column, released[:common], computed, lines, report)


def _compare(column: Column, released: list[Any], computed: list[Any], lines: Lines, report: Report) -> None:
    if released == computed:
        return
    if column.kind is Kind.TEXT:
        places = [at for at, (one, other) in enumerate(zip(released, computed, strict=True)) if one != other]
    else:
        places = np.flatnonzero(different(_floats(released), _floats(computed))).tolist()
    for at in places:
        report.differ(
            lines.name,
            f"the release has {quoted(released[at])}; computed again from its answers it is"
            f" {quoted(computed[at])}",
            line=lines.of(at),
            column=column.name,
        )


def _floats(values: list[Any]) -> Any:
    return np.array(values, dtype=float)
